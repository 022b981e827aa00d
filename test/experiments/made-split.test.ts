import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readResultTable } from "../../src/experiments/result-store.ts";
import { madeSplitsOf } from "../../src/experiments/split-settings.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";

const SPLIT_FILE = "split_zhou_DescribableTextures.json";
let work: Workspace;

beforeAll(async () => {
  work = await createWorkspace();
  await writePictures(work.path("data", "dtd", "images"), { banded: 6, zigzagged: 6 });
  await writePictures(work.path("data", "eurosat", "2750"), { Forest: 6, River: 6 });
});

afterAll(() => work.remove());

/** Runs experiments on words alone; returns the warnings. */
async function experiment(...argv: string[]) {
  const places = ["--data", work.path("data"), "--out", work.path("out")];
  const grid = ["--models", work.model, "--methods", "zero-shot", "--threads", "1"];
  const { exitCode, stderr } = await runRecorded(["experiment", ...argv, ...places, ...grid]);
  expect(exitCode).toBe(0);
  return stderr.split("\n").filter((line) => line.startsWith("lamm: "));
}

const table = () => readResultTable(work.path("out"));
const made = () => [...madeSplitsOf("few-shot", table())].sort();

test("experiments and reports tell of a split that was made", async () => {
  const warnings = await experiment("few-shot", "incremental", "--datasets", "DTD");
  expect(warnings).toEqual([
    expect.stringMatching(
      /^lamm: DTD: split_zhou_DescribableTextures\.json is not there: pictures are divided with seed 1, not as published\. Get /,
    ),
  ]);
  await experiment("few-shot", "--datasets", "EuroSAT");
  expect(made()).toEqual(["DTD", "EuroSAT"]);
  const { stdout } = await runRecorded(["report", work.path("out")], { columns: 1000 });
  expect(stdout).toMatch(/^Not comparable with published numbers: DTD and EuroSAT\. /m);

  const keys = table().rows.map(({ key }) => key);
  await runRecorded(["datasets", "--data", work.path("data"), "--make-splits"]);
  await experiment("few-shot", "incremental", "--datasets", "DTD");
  expect(made()).toEqual(["DTD", "EuroSAT"]);
  expect(table().rows.map(({ key }) => key)).toEqual(keys);
});

test("the mark goes where the published split comes", async () => {
  const picture = (name: string, label: number, index: number) => [`${name}/${index}.png`, label, name];
  const part = (index: number) => [picture("banded", 0, index), picture("zigzagged", 1, index)];
  const split = { train: part(0), val: part(1), test: part(2) };
  writeFileSync(work.path("data", "dtd", SPLIT_FILE), JSON.stringify(split));
  expect(await experiment("few-shot", "--datasets", "DTD")).toEqual([]);
  expect(made()).toEqual(["EuroSAT"]);
});
