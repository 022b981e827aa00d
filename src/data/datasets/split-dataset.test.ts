import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { smallDataset } from "../../../test/support/datasets/small-datasets.ts";
import { emptyFiles, writeTree } from "../../../test/support/datasets/write-tree.ts";
import { createRandom } from "../../tensor/random.ts";
import { sampleShots } from "../few-shot-sampling.ts";
import { findDataset } from "./registry.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "lamm-data-"));
});
afterEach(() => rmSync(data, { recursive: true }));

const SPLIT = "https://drive.google.com/file/d/1u3_QfB467jqHgNXC00UIzbLZRQCg2S7x/view";
const PICTURES = "https://www.robots.ox.ac.uk/~vgg/data/dtd/download/dtd-r1.0.1.tar.gz";
const dtd = findDataset("DTD");
const splitFile = () => join(data, "dtd", "split_zhou_DescribableTextures.json");
const pictures = emptyFiles(
  ["banded", "zigzagged"].flatMap((name) =>
    Array.from({ length: 10 }, (_, index) => `dtd/images/${name}/${name}_${index}.jpg`),
  ),
);

describe("a split that is there", () => {
  test("may name files that are not: it says how many, the first and where", () => {
    writeTree(data, smallDataset("DTD").tree);
    rmSync(join(data, "dtd/images/zigzagged/train_1.jpg"));
    rmSync(join(data, "dtd/images/banded"), { recursive: true });
    expect(dtd.inspect(data)).toMatchObject({
      state: "incomplete",
      missing: [{ path: "dtd/images/banded/train_0.jpg", count: 5, source: PICTURES }],
    });
    expect(() => dtd.open(data)).toThrow(
      `DTD: expected its files in ${data}, got 5 files missing, the first of them dtd/images/banded/train_0.jpg. \`lamm datasets\` lists what is missing. Get it from ${PICTURES}`,
    );
  });

  test.each([
    [
      "broken JSON",
      "{",
      /split_zhou_DescribableTextures\.json: expected a split file.*Get the file again\.$/,
    ],
    [
      "labels with two names",
      JSON.stringify({
        train: [["banded/train_0.jpg", 0, "banded"]],
        val: [],
        test: [["banded/test_0.jpg", 0, "striped"]],
      }),
      /split_zhou_DescribableTextures\.json: expected one name for each label, got "banded" and, for "banded\/test_0\.jpg", "striped" for label 0\./,
    ],
  ])("with %s is a problem", (_, content, message) => {
    writeTree(data, { ...smallDataset("DTD").tree, "dtd/split_zhou_DescribableTextures.json": content });
    const state = dtd.inspect(data);
    expect(state).toMatchObject({ name: "DTD", role: "benchmark", state: "incomplete", missing: [] });
    expect(state.problem).toMatch(message);
    expect(() => dtd.open(data)).toThrow(message);
  });

  test("counts before what could be made, and is never written over", () => {
    writeTree(data, { ...pictures, ...smallDataset("DTD").tree });
    expect(dtd.open(data).train).toHaveLength(4);
    for (const known of [dtd.open(data), dtd.inspect(data)]) {
      expect(known).not.toHaveProperty("isSplitMade");
      expect(known).not.toHaveProperty("note");
    }
    const before = readFileSync(splitFile());
    expect(() => dtd.makeSplit?.(data)).toThrow(
      `${splitFile()}: expected no split file yet, got one. Move it away if another one is wanted.`,
    );
    expect(readFileSync(splitFile())).toEqual(before);
  });
});

describe("a split that is not there", () => {
  test("is made in memory, and written only when that is asked for", () => {
    writeTree(data, pictures);
    const made = dtd.open(data);
    expect([made.train.length, made.val.length, made.test.length]).toEqual([10, 4, 6]);
    const inMemory = {
      isSplitMade: true,
      note: `split_zhou_DescribableTextures.json is not there: pictures are divided with seed 1, not as published. Get the file from ${SPLIT}`,
    };
    expect(made).toMatchObject(inMemory);
    expect(dtd.inspect(data)).toMatchObject({ state: "complete", ...inMemory });
    expect(dtd.inspect(data)).not.toHaveProperty("isSplitWritten");
    expect(existsSync(splitFile())).toBe(false);
    expect(dtd.makeSplit?.(data)).toEqual({ file: splitFile(), counts: { train: 10, val: 4, test: 6 } });
    const written = {
      isSplitMade: true,
      note: `split_zhou_DescribableTextures.json was made with seed 1: pictures are not divided as published. Get the file from ${SPLIT}`,
    };
    expect(dtd.open(data)).toEqual({ ...made, ...written });
    expect(dtd.inspect(data)).toMatchObject({ state: "complete", ...written, isSplitWritten: true });
  });

  test("may be made with another seed: then the identity is another", () => {
    writeTree(data, pictures);
    const made = dtd.open(data);
    dtd.makeSplit?.(data, { seed: 2 });
    expect(dtd.open(data).identity).not.toBe(made.identity);
  });

  test("cannot be made of nothing", () => {
    expect(() => dtd.makeSplit?.(data)).toThrow(`DTD: expected its files in ${data}, got no dtd.`);
    writeTree(data, { "oxford_pets/images/a.jpg": "", "oxford_pets/annotations/test.txt": "" });
    const pets = findDataset("OxfordPets");
    expect(pets.inspect(data)).toMatchObject({
      state: "incomplete",
      missing: [{ path: "oxford_pets/split_zhou_OxfordPets.json", count: 1 }],
    });
    expect(() => pets.makeSplit?.(data)).toThrow(
      "got no oxford_pets/annotations/trainval.txt. `lamm datasets` lists what is missing. Get it from https://www.robots.ox.ac.uk/~vgg/data/pets/data/annotations.tar.gz",
    );
  });

  test("is made of lists whose pictures must be there", () => {
    const line = (number: number) => `Sphynx_${number} 1 1 1`;
    writeTree(data, {
      "oxford_pets/annotations/trainval.txt": [1, 2, 3, 4, 5].map(line).join("\n"),
      "oxford_pets/annotations/test.txt": line(6),
      ...emptyFiles([1, 2, 3, 4].map((number) => `oxford_pets/images/Sphynx_${number}.jpg`)),
    });
    const message = /got 2 files missing, the first of them oxford_pets\/images\/Sphynx_[56]\.jpg\./;
    expect(() => findDataset("OxfordPets").open(data)).toThrow(message);
    expect(() => findDataset("OxfordPets").makeSplit?.(data)).toThrow(message);
    expect(existsSync(join(data, "oxford_pets/split_zhou_OxfordPets.json"))).toBe(false);
  });

  test("of lists that lead out of the folder is refused", () => {
    writeTree(data, {
      "fgvc_aircraft/images/1.jpg": "",
      "fgvc_aircraft/variants.txt": "707",
      ...Object.fromEntries(
        ["train", "val", "test"].map((part) => [`fgvc_aircraft/images_variant_${part}.txt`, "../../1 707"]),
      ),
    });
    expect(findDataset("FGVCAircraft").inspect(data).problem).toBe(
      `${join(data, "fgvc_aircraft")}: expected paths of pictures inside the image folder, with forward slashes, got "../../1.jpg". Write them as they are below that folder.`,
    );
  });

  test("is not needed where the official lists are", () => {
    writeTree(data, smallDataset("FGVCAircraft").tree);
    const aircraft = findDataset("FGVCAircraft");
    expect(aircraft).not.toHaveProperty("makeSplit");
    expect(aircraft.inspect(data)).not.toHaveProperty("note");
    rmSync(join(data, "fgvc_aircraft/variants.txt"));
    expect(aircraft.inspect(data).missing).toMatchObject([{ path: "fgvc_aircraft/variants.txt" }]);
  });
});

test("the identity is that of names and divided pictures, wherever they lie", () => {
  const { tree } = smallDataset("DTD");
  const [one, two, three] = ["one", "two", "three"].map((name) => writeTree(join(data, name), tree));
  const identity = (folder: string | undefined) => dtd.open(folder ?? "").identity;
  expect(identity(one)).toBe(identity(two));
  const content = String(tree["dtd/split_zhou_DescribableTextures.json"]);
  writeTree(three ?? "", {
    "dtd/split_zhou_DescribableTextures.json": content.replaceAll('banded"', 'striped"'),
  });
  expect(identity(three)).not.toBe(identity(two));
});

const shared = resolve(import.meta.dirname, "../../..", process.env.LAMM_SHARED ?? "../shared", "splits");
const runs = [1, 2, 4, 8, 16].flatMap((shots) => [1, 2, 3].map((seed) => [shots, seed] as const));

describe("Caltech101 as published", () => {
  test("its shots are those that others drew", (context) => {
    if (!existsSync(shared)) return context.skip("the published splits of Caltech101 are not here");
    type Rows = Record<"train" | "val" | "test", [path: string, label: number, name: string][]>;
    const read = (file: string) => readFileSync(join(shared, file), "utf8");
    const published = read("split_zhou_Caltech101.json");
    const split = JSON.parse(published) as Rows;
    const root = join(data, "caltech-101", "101_ObjectCategories");
    writeTree(data, {
      "caltech-101/split_zhou_Caltech101.json": published,
      ...emptyFiles(
        Object.values(split).flatMap((rows) =>
          rows.map(([path]) => `caltech-101/101_ObjectCategories/${path}`),
        ),
      ),
    });
    const dataset = findDataset("Caltech101").open(data);
    const rows = (part: readonly { path: string; label: number }[]) =>
      part.map(({ path, label }) => [path, label]);
    const placed = (part: Rows["train"]) => part.map(([path, label]) => [join(root, path), label]);
    expect(dataset.classNames).toHaveLength(100);
    for (const name of ["train", "val", "test"] as const) {
      expect(rows(dataset[name])).toEqual(placed(split[name]));
    }
    for (const [shots, seed] of runs) {
      const drawn = sampleShots(dataset, { shots, random: createRandom(seed) });
      const expected = JSON.parse(read(`caltech101-shots/shot_${shots}-seed_${seed}.json`)) as Rows;
      expect(rows(drawn.train), `${shots} shots, seed ${seed}`).toEqual(placed(expected.train));
      expect(rows(drawn.val), `${shots} shots, seed ${seed}`).toEqual(placed(expected.val));
    }
  });
});
