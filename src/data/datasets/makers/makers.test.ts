import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { matFiles } from "../../../../test/support/datasets/mat-files.ts";
import { emptyFiles, type Tree, writeTree } from "../../../../test/support/datasets/write-tree.ts";
import { DataError } from "../../../errors.ts";
import { createRandom } from "../../../tensor/random.ts";
import type { Split, SplitPicture } from "../split.ts";
import type { SplitMaker } from "../split-maker.ts";
import { divideClassFolders } from "./divide-class-folders.ts";
import { fgvcAircraftMaker } from "./fgvc-aircraft.ts";
import { flowers102Maker } from "./flowers102.ts";
import { oxfordPetsMaker } from "./oxford-pets.ts";
import { stanfordCarsMaker } from "./stanford-cars.ts";
import { sun397Maker } from "./sun397.ts";
import { ucf101Maker } from "./ucf101.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lamm-makers-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const make = (maker: SplitMaker, tree: Tree, seed = 1) =>
  maker.make(writeTree(root, tree), createRandom(seed));
const row = ({ path, label, className }: SplitPicture) => [path, label, className] as const;
const counts = ({ train, val, test }: Split) => [train.length, val.length, test.length];
const numbered = (count: number, nameOf: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => nameOf(index + 1));
const expectError = (make: () => unknown, message: string) => {
  expect(make).toThrow(DataError);
  expect(make).toThrow(message);
};

describe("class folders", () => {
  const maker = divideClassFolders({ images: "pictures", ignored: ["junk"], names: { b: "Big B" } });
  const tree = emptyFiles([
    ...numbered(5, (index) => `pictures/b/${index}.jpg`),
    ...numbered(10, (index) => `pictures/a_c/${index}.jpg`),
    "pictures/junk/1.jpg",
    "pictures/.hidden/1.jpg",
    "pictures/b/notes.txt",
  ]);

  test("are divided in the order of their names, those that are ignored left out", () => {
    const split = make(maker, tree);
    expect(counts(split)).toEqual([2 + 5, 1 + 2, 2 + 3]);
    expect(new Set(split.train.map(({ label, className }) => `${label} ${className}`))).toEqual(
      new Set(["0 a_c", "1 Big B"]),
    );
    // CPython's random.seed(1) and shuffle of ten names; "10.jpg" comes after "1.jpg".
    expect(split.train.slice(0, 5).map(({ path }) => path)).toEqual(
      [6, 8, 9, 7, 5].map((index) => `a_c/${[1, 10, 2, 3, 4, 5, 6, 7, 8, 9][index]}.jpg`),
    );
    expect(make(maker, {}, 2)).not.toEqual(split);
  });

  test("must be there, and none of them empty", () => {
    expectError(
      () => make(maker, { "pictures/loose.jpg": "" }),
      `${join(root, "pictures")}: expected a folder of pictures for each class, got no folders.`,
    );
    expectError(
      () => make(maker, { "pictures/a/notes.txt": "" }),
      `${join(root, "pictures")}: expected at least one picture in each class folder, got none in "a". Get the pictures again, or remove the folder.`,
    );
  });
});

describe("OxfordPets", () => {
  const trainval = numbered(5, (index) => `Abyssinian_${index} 1 1 1`).concat(
    numbered(5, (index) => `american_bulldog_${index} 2 2 1`),
  );
  test("breeds are named by files, in lower case", () => {
    const split = make(oxfordPetsMaker, {
      "annotations/trainval.txt": `${trainval.join("\n")}\n`,
      "annotations/test.txt": "american_bulldog_7 2 2 1\nAbyssinian_9 1 1 1\n",
    });
    expect(counts(split)).toEqual([8, 2, 2]);
    expect(split.test.map(row)).toEqual([
      ["american_bulldog_7.jpg", 1, "american_bulldog"],
      ["Abyssinian_9.jpg", 0, "abyssinian"],
    ]);
  });

  test.each(["Abyssinian_1 0 1 1", "Abyssinian 1 1 1", "Abyssinian_1 1"])("the line %j is none", (line) => {
    expectError(
      () => make(oxfordPetsMaker, { "annotations/trainval.txt": line, "annotations/test.txt": line }),
      `trainval.txt: expected lines of a picture, a class from 1, a species and a breed, got "${line}". Get the list again.`,
    );
  });

  test("lists must be there and not empty", () => {
    expectError(
      () => make(oxfordPetsMaker, { "annotations/trainval.txt": "\n \n" }),
      `${join(root, "annotations/trainval.txt")}: expected a list with one entry a line, got an empty file. Get the list again.`,
    );
    rmSync(join(root, "annotations/trainval.txt"));
    expectError(() => make(oxfordPetsMaker, {}), "expected a list with one entry a line, got ENOENT");
  });
});

test("FGVCAircraft has official parts, and variants of several words", () => {
  const lists = {
    "variants.txt": "707-320\nDHC-8-100\n",
    "images_variant_train.txt": "1 DHC-8-100\n2 707-320",
    "images_variant_val.txt": "3 707-320",
    "images_variant_test.txt": "4 707-320",
  };
  expect(make(fgvcAircraftMaker, lists).train.map(row)).toEqual([
    ["1.jpg", 1, "DHC-8-100"],
    ["2.jpg", 0, "707-320"],
  ]);
  expectError(
    () => make(fgvcAircraftMaker, { ...lists, "images_variant_val.txt": "3 Boeing 707" }),
    'images_variant_val.txt: expected lines of a picture and a variant of variants.txt, got "3 Boeing 707". Get the list again.',
  );
});

test("SUN397's classes are folders, with what tells variants apart first", () => {
  const lists = {
    "ClassName.txt": "/a/abbey\n/a/apse/indoor\n",
    "Training_01.txt": numbered(5, (index) => `/a/apse/indoor/sun_${index}.jpg`).join("\n"),
    "Testing_01.txt": "/a/abbey/sun_a.jpg",
  };
  const split = make(sun397Maker, lists);
  expect(counts(split)).toEqual([4, 1, 1]);
  expect(row(split.val[0] as SplitPicture)).toEqual([
    expect.stringMatching(/^a\/apse\/indoor\/sun_\d\.jpg$/),
    1,
    "indoor apse",
  ]);
  expect(split.test.map(row)).toEqual([["a/abbey/sun_a.jpg", 0, "abbey"]]);
  expectError(
    () => make(sun397Maker, { ...lists, "Testing_01.txt": "/z/zoo/sun.jpg" }),
    'Testing_01.txt: expected pictures in folders of ClassName.txt, got "/z/zoo/sun.jpg". Get the list again.',
  );
});

test("UCF101's videos are pictures of their middle frames", () => {
  const lists = {
    "ucfTrainTestlist/classInd.txt": "1 ApplyEyeMakeup\n2 YoYo\n",
    "ucfTrainTestlist/trainlist01.txt": numbered(5, (index) => `YoYo/v_YoYo_g0${index}_c01.avi 2`).join(
      "\r\n",
    ),
    "ucfTrainTestlist/testlist01.txt": "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi",
  };
  const split = make(ucf101Maker, lists);
  expect(counts(split)).toEqual([4, 1, 1]);
  expect(split.test.map(row)).toEqual([
    ["Apply_Eye_Makeup/v_ApplyEyeMakeup_g01_c01.jpg", 0, "Apply_Eye_Makeup"],
  ]);
  expect(split.train[0]?.className).toBe("Yo_Yo");
  expectError(
    () => make(ucf101Maker, { ...lists, "ucfTrainTestlist/testlist01.txt": "Dance/v_1.avi" }),
    'testlist01.txt: expected videos in folders of actions of ucfTrainTestlist/classInd.txt, got "Dance/v_1.avi". Get the list again.',
  );
  expectError(
    () => make(ucf101Maker, { ...lists, "ucfTrainTestlist/classInd.txt": "YoYo" }),
    'classInd.txt: expected lines of a number from 1 and an action, got "YoYo". Get the list again.',
  );
});

describe("MATLAB annotations", () => {
  test("StanfordCars: the year of a name comes first", () => {
    const tree = {
      "devkit/cars_meta.mat": matFiles.classNames,
      "devkit/cars_train_annos.mat": matFiles.annotations,
      "cars_test_annos_withlabels.mat": matFiles.annotations,
    };
    const split = make(stanfordCarsMaker, {
      ...tree,
      "devkit/cars_train_annos.mat": matFiles.tenAnnotations,
    });
    expect(counts(split)).toEqual([8, 2, 2]);
    expect(split.test.map(row)).toEqual([
      ["cars_test/00001.jpg", 1, "2012 Audi TT RS Coupe"],
      ["cars_test/00002.jpg", 0, "2000 AM General Hummer SUV"],
    ]);
    expect(split.val.map(({ label }) => label)).toEqual([0, 1]);
    expect(split.train.every(({ path }) => path.startsWith("cars_train/000"))).toBe(true);
    // Two classes of one picture each: nothing can be held out.
    expectError(
      () => make(stanfordCarsMaker, tree),
      'cars_train_annos.mat: expected enough pictures of each class for all parts of a split, got 1 of "2012 Audi TT RS Coupe".',
    );
    expectError(
      () => make(stanfordCarsMaker, { ...tree, "devkit/cars_meta.mat": matFiles.labels }),
      "cars_meta.mat: expected cells called class_names, got something else. Get the file again.",
    );
    expectError(
      () => make(stanfordCarsMaker, { ...tree, "devkit/cars_train_annos.mat": matFiles.labels }),
      "cars_train_annos.mat: expected structs called annotations, got something else. Get the file again.",
    );
  });

  test("Flowers102: names are those of the classes' numbers", () => {
    const split = make(flowers102Maker, {
      "imagelabels.mat": matFiles.twentyLabels,
      "cat_to_name.json": '{"1":"pink primrose","2":"fire lily"}',
    });
    expect(counts(split)).toEqual([10, 4, 6]);
    expect(split.train[0]).toMatchObject({ label: 1, className: "fire lily" });
    expect([...split.train, ...split.val, ...split.test].map(({ path }) => path).sort()).toEqual(
      numbered(20, (index) => `image_${String(index).padStart(5, "0")}.jpg`),
    );
    const tree = { "imagelabels.mat": matFiles.labels };
    expectError(
      () => make(flowers102Maker, { ...tree, "cat_to_name.json": '{"1":"a","2":"b","3":"c"}' }),
      "imagelabels.mat: expected classes that cat_to_name.json names, got 300.",
    );
    expectError(
      () => make(flowers102Maker, { ...tree, "cat_to_name.json": '{"one":"a"}' }),
      "cat_to_name.json: expected a JSON object from class number to name, got something else. Get the file again.",
    );
  });
});
