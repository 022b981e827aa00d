import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { smallDataset } from "../../../test/support/datasets/small-datasets.ts";
import { writeTree } from "../../../test/support/datasets/write-tree.ts";
import { findDataset } from "./registry.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "lamm-imagenet-"));
  writeTree(data, smallDataset("ImageNet").tree);
});
afterEach(() => rmSync(data, { recursive: true }));

const path = (...names: string[]) => join(data, ...names);
const imageNet = findDataset("ImageNet");

describe("ImageNet", () => {
  test("keeps two classes of one name apart by their ids", () => {
    const { classNames, classIds, train } = imageNet.open(data);
    expect(classNames.map((name, label) => [name, classIds[label]])).toEqual([
      ["tench", "n01440764"],
      ["goldfish", "n01443537"],
      ["missile", "n03773504"],
      ["missile", "n04008634"],
    ]);
    expect(train.map(({ label }) => label)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  test("has its labels by sorted ids, whatever the order of the list", () => {
    const before = imageNet.open(data);
    writeTree(data, {
      "imagenet/classnames.txt":
        "n04008634 missile\nn03773504 missile\nn01440764 tench\nn01443537 goldfish\n",
    });
    expect(imageNet.open(data)).toEqual(before);
  });

  test("says which parts are missing", () => {
    rmSync(path("imagenet/images/val"), { recursive: true });
    rmSync(path("imagenet/classnames.txt"));
    expect(imageNet.inspect(data).missing.map((part) => part.path)).toEqual([
      "imagenet/images/val",
      "imagenet/classnames.txt",
    ]);
    expect(() => imageNet.open(data)).toThrow(
      `ImageNet: expected its files in ${data}, got no imagenet/images/val, no imagenet/classnames.txt. \`lamm datasets\` lists what is missing. Get it from https://image-net.org/download.php and https://drive.google.com/`,
    );
  });

  test("says which classes are missing", () => {
    rmSync(path("imagenet/images/train/n03773504"), { recursive: true });
    rmSync(path("imagenet/images/train/n01443537"), { recursive: true });
    expect(imageNet.inspect(data)).toMatchObject({
      state: "incomplete",
      missing: [{ path: "imagenet/images/train/n01443537", count: 2 }],
    });
  });

  test.each([
    [
      "n01440764",
      /classnames\.txt: expected lines of a class's WordNet id and its name, such as n01440764 tench, got "n01440764"\. Get the list again\.$/,
    ],
    [
      "n01440764 tench\nn01440764 fish",
      /classnames\.txt: expected each WordNet id once, got n01440764 twice\. Get the list again\.$/,
    ],
    [
      "n01440764 tench\nn01443537 goldfish",
      /images\/train: expected folders of classes of .*classnames\.txt, got "n03773504", "n04008634"\. Remove the folder, or add its class to the list\.$/,
    ],
  ])("refuses the list %j", (list, message) => {
    writeTree(data, { "imagenet/classnames.txt": list });
    expect(imageNet.inspect(data)).toMatchObject({ state: "incomplete", missing: [] });
    expect(() => imageNet.open(data)).toThrow(message);
  });

  test("refuses an empty class, and pictures that are not sorted into folders", () => {
    rmSync(path("imagenet/images/val/n03773504"), { recursive: true });
    mkdirSync(path("imagenet/images/val/n03773504"));
    expect(() => imageNet.open(data)).toThrow(
      `${path("imagenet/images/val")}: expected at least one picture in each class folder, got none in "n03773504". Get the pictures again.`,
    );
    rmSync(path("imagenet/images/val"), { recursive: true });
    writeTree(data, { "imagenet/images/val/ILSVRC2012_val_00000001.JPEG": "" });
    expect(() => imageNet.open(data)).toThrow(
      `${path("imagenet/images/val")}: expected folders of classes of ${path("imagenet/classnames.txt")}, got no folders. Sort the pictures into a folder for each class.`,
    );
  });
});

describe("its domains", () => {
  test("take ImageNet's list before the copy of their own", () => {
    writeTree(data, smallDataset("ImageNet-Sketch").tree);
    writeTree(data, { "imagenet-sketch/classnames.txt": "n01440764 other\n" });
    const sketch = findDataset("ImageNet-Sketch");
    expect(sketch.open(data).classNames[0]).toBe("tench");
    rmSync(path("imagenet"), { recursive: true });
    rmSync(path("imagenet-sketch/classnames.txt"));
    expect(sketch.inspect(data).missing.map((part) => part.path)).toEqual(["imagenet/classnames.txt"]);
  });

  test("have all of ImageNet's classes where that is published", () => {
    writeTree(data, smallDataset("ImageNet-V2").tree);
    const v2 = findDataset("ImageNet-V2");
    expect(v2.open(data).test.map(({ label }) => label)).toEqual([0, 1, 2, 3]);
    rmSync(path("imagenetv2/imagenetv2-matched-frequency-format-val/3"), { recursive: true });
    expect(v2.inspect(data).missing).toMatchObject([
      { path: "imagenetv2/imagenetv2-matched-frequency-format-val/3", count: 1 },
    ]);
  });

  test("have a note where classes are fewer than published", () => {
    writeTree(data, smallDataset("ImageNet-A").tree);
    const state = findDataset("ImageNet-A").inspect(data);
    expect(state).toMatchObject({ state: "complete", of: "ImageNet", counts: { classes: 2 } });
    expect(state.note).toBe(
      "It has pictures of 2 classes; published are 200. Get them from https://github.com/hendrycks/natural-adv-examples",
    );
  });
});
