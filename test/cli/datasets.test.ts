import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { datasetDefinitions } from "../../src/data/datasets/registry.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { smallDataset } from "../support/datasets/small-datasets.ts";
import { emptyFiles, writeTree } from "../support/datasets/write-tree.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "lamm-datasets-"));
});
afterEach(() => {
  rmSync(data, { recursive: true });
  vi.unstubAllEnvs();
});

const textures = ["banded", "zigzagged"].flatMap((name) =>
  Array.from({ length: 10 }, (_, index) => `dtd/images/${name}/${index}.jpg`),
);

/** The temporary folder's name may be long: lines are broken elsewhere. */
const columns = 500;

async function list(...argv: string[]) {
  const { exitCode, stdout, stderr } = await runRecorded(["datasets", "--data", data, ...argv], { columns });
  expect([exitCode, stderr]).toEqual([0, ""]);
  return stdout.replaceAll(data, "<data>");
}

test("what is there, what is missing of it, and where to get it", async () => {
  writeTree(data, {
    ...smallDataset("Caltech101").tree,
    ...smallDataset("ImageNet").tree,
    ...smallDataset("picture-world/animals/sketch").tree,
    ...emptyFiles(textures),
    "eurosat/split_zhou_EuroSAT.json":
      '{"train":[["River/1.jpg",1,"River"]],"val":[],"test":[["River/1.jpg",1,"River"]]}',
    "eurosat/2750/River/1.jpg": "",
    "food-101/images/waffles/1.jpg": "",
    "food-101/split_zhou_Food101.json":
      '{"train":[["waffles/2.jpg",0,"waffles"]],"val":[],"test":[["waffles/3.jpg",0,"waffles"]]}',
  });
  rmSync(join(data, "imagenet/classnames.txt"));
  const [table] = (await list()).split("\n\nAbsent");
  expect(table).toMatchInlineSnapshot(`
    "Data sets in <data>:

    data set                      state         classes    train      val     test
    ImageNet                      incomplete
        no imagenet/classnames.txt: get it from https://drive.google.com/file/d/1-61f_ol79pViBFDG_IDlUQSwoLcn2XXF/view
    Caltech101                    complete            2        4        2        2
    Food101                       incomplete
        2 files missing, the first of them food-101/images/waffles/2.jpg: get it from https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/
    DTD                           complete            2       10        4        6
        split_zhou_DescribableTextures.json is not there: pictures are divided with seed 1, not as published. Get the file from https://drive.google.com/file/d/1u3_QfB467jqHgNXC00UIzbLZRQCg2S7x/view
    EuroSAT                       incomplete
        <data>/eurosat/split_zhou_EuroSAT.json: expected pictures of each label from 0 to 1, got none of 0. Get the published split file again, or correct this one.
    picture-world/animals         complete            2        4        2        2
    picture-world/animals/sketch  complete            2        0        0        2"
  `);
});

test("nothing at all, in a line each", async () => {
  const folder = join(data, "none");
  const { exitCode, stdout } = await runRecorded(["datasets", "--data", folder]);
  expect(exitCode).toBe(0);
  const [first, ...lines] = stdout.replaceAll(folder, "<data>").trimEnd().split("\n");
  expect(first).toBe("There is no folder <data>: --data or LAMM_DATA name another one.");
  expect(lines.slice(2).map((line) => line.split(" ")[0])).toEqual(
    datasetDefinitions.filter(({ of = "ImageNet" }) => of === "ImageNet").map(({ name }) => name),
  );
});

test("columns are as wide as their headings, however short the names are", async () => {
  writeTree(data, smallDataset("DTD").tree);
  const [, table] = (await list()).split("\n\n");
  expect(table?.split("\n").slice(0, 2)).toEqual([
    "data set  state         classes    train      val     test",
    "DTD       complete            2        4        2        2",
  ]);
});

test.each([[[]], [["--json"]], [["--make-splits"]]])("a file is no data folder (%j)", async (flags) => {
  writeTree(data, { "list.txt": "DTD" });
  const file = join(data, "list.txt");
  const { exitCode, stdout, stderr } = await runRecorded(["datasets", "--data", file, ...flags]);
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toBe(
    `lamm: ${file}: expected a folder that holds the data sets' folders, got a file. Name the folder with --data or LAMM_DATA.\n`,
  );
});

test("the folder is LAMM_DATA's where none is named", async () => {
  writeTree(data, smallDataset("UCF101").tree);
  vi.stubEnv("LAMM_DATA", data);
  const { stdout } = await runRecorded(["datasets"]);
  expect(stdout).toMatch(/^UCF101 +complete +2 +4 +2 +2$/m);
});

test("all of it as JSON", async () => {
  writeTree(data, smallDataset("DTD").tree);
  const report = JSON.parse(await list("--json"));
  expect(report).toMatchObject({ data: "<data>", exists: true, written: [] });
  expect(report.datasets).toHaveLength(datasetDefinitions.length);
  expect(report.datasets.find(({ name }: { name: string }) => name === "DTD")).toEqual({
    name: "DTD",
    folder: "dtd",
    role: "benchmark",
    state: "complete",
    missing: [],
    counts: { classes: 2, train: 4, val: 2, test: 2 },
  });
});

test("splits are written where they are asked for, and none is written over", async () => {
  writeTree(data, emptyFiles(textures));
  const file = join(data, "dtd/split_zhou_DescribableTextures.json");
  expect(await list()).not.toContain("Wrote");
  expect(existsSync(file)).toBe(false);
  const made = await list("--make-splits");
  expect(made).toMatch(
    /^DTD +complete +2 +10 +4 +6\n {4}split_zhou_DescribableTextures\.json was made with seed 1: .*\n\nAbsent/m,
  );
  expect(made).toMatch(
    /\n\nWrote <data>\/dtd\/split_zhou_DescribableTextures\.json: 10 train, 4 val, 6 test\.\n$/,
  );
  expect(existsSync(file)).toBe(true);
  expect(await list("--make-splits")).not.toContain("Wrote");
});
