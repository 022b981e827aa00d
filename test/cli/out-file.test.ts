import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAdapter } from "../../src/training/node/read-adapter.ts";
import { saveAdapter } from "../../src/training/node/save-adapter.ts";
import { expectRefusal } from "../support/cli/expect-refusal.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { startProcess } from "../support/cli/start-process.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";
import { sampleAdapter } from "../support/sample-adapter.ts";
import { featureSet, writeFeatures } from "../support/write-features.ts";

const LOST =
  /expected no file yet, or an adapter to replace, got something else, .* another file with --out\./;
const READ = /expected a file to write that nothing is read from, got the same file as .* another file with/;

let work: Workspace;
/** A file of features, beside a folder of pictures of its name. */
let features: string;
let folder: string;
let adapter: string;

beforeAll(async () => {
  work = await createWorkspace();
  folder = await writePictures(work.path("p"), { cat: 2, dog: 2 });
  const sets = { ...featureSet("train", [0, 1, 0, 1]), ...featureSet("test", [0, 1]) };
  features = writeFeatures(work.path("p.safetensors"), sets, { classNames: ["cat", "dog"] });
  adapter = work.path("adapter.safetensors");
  saveAdapter(adapter, sampleAdapter());
});

afterAll(() => work.remove());

test("train and compare do not write over the features that they learn from", async () => {
  for (const argv of [
    ["train", features, "--method", "gda"],
    ["compare", features, "--methods", "gda"],
  ]) {
    await expectRefusal(features, runRecorded([...argv, "--out", features]), READ);
  }
});

test("train does not write over features beside a folder of their name", async () => {
  const started = startProcess(["train", "p"], { cwd: work.folder });
  await expectRefusal(features, started.ended, LOST);
});

test("add does not write over the new classes' features, nor over those it tests on", async () => {
  const added = writeFeatures(work.path("n1.safetensors"), featureSet("train", [0, 0]), {
    classNames: ["emu"],
  });
  await expectRefusal(added, runRecorded(["add", adapter, added, "--out", added]), READ);
  const argv = ["add", adapter, added, "--old-test", features, "--out", features];
  await expectRefusal(features, runRecorded(argv), READ);
});

test("no command writes over what is no adapter", async () => {
  for (const argv of [
    ["train", folder],
    ["compare", folder],
    ["add", adapter, folder],
    ["remove", adapter, "#0"],
    ["rename", adapter, "#0", "rocket"],
  ]) {
    await expectRefusal(features, runRecorded([...argv, "--out", features]), LOST);
  }
});

test("an adapter is written over, another one too", async () => {
  const out = work.path("other.safetensors");
  saveAdapter(out, sampleAdapter());
  const before = readFileSync(adapter);
  const { exitCode } = await runRecorded(["rename", adapter, "#0", "rocket", "--out", out]);
  expect(exitCode).toBe(0);
  expect(readAdapter(out).classNames[0]).toBe("rocket");
  expect(readFileSync(adapter).equals(before)).toBe(true);
  const argv = ["train", features, "--method", "gda", "--out", out];
  expect(await runRecorded(argv)).toMatchObject({ exitCode: 0 });
  expect(readAdapter(out).method).toBe("gda");
});
