import fs, { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyFiles, writeTree } from "../../../test/support/datasets/write-tree.ts";
import { missingPictures } from "./missing-pictures.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-missing-"));
  writeTree(folder, emptyFiles(["a/1.jpg", "a/b/2.jpg", "3.jpg"]));
  fs.symlinkSync(join(folder, "a"), join(folder, "link"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("finds what is not there, each once and in order", () => {
  const there = ["a/1.jpg", "a/b/2.jpg", "3.jpg", "link/b/2.jpg"];
  expect(missingPictures(folder, there)).toEqual([]);
  expect(missingPictures(folder, ["c/1.jpg", ...there, "a/2.jpg", "c/1.jpg"])).toEqual([
    "c/1.jpg",
    "a/2.jpg",
  ]);
  expect(missingPictures(join(folder, "none"), ["1.jpg"])).toEqual(["1.jpg"]);
});
