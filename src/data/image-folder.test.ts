import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataError } from "../errors.ts";
import { readImageFolder } from "./image-folder.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lamm-folder-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Makes empty files; nothing here looks inside. */
function touch(...files: readonly string[]) {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
}

function pathsOf(pictures: readonly { path: string; label: number }[] | undefined) {
  return pictures?.map(({ path, label }) => `${label} ${path.slice(root.length + 1).replaceAll("\\", "/")}`);
}

test("takes one sub-folder a class, in the order of code units", () => {
  touch(
    "red_fox/b.JPG",
    "red_fox/a.png",
    "red_fox/B.gif",
    "Zebra/x.webp",
    "älg/1.tif",
    "älg/10.avif",
    "älg/2.jpeg",
  );
  const folder = readImageFolder(root);
  expect(folder.classNames).toEqual(["Zebra", "red fox", "älg"]);
  expect(folder.classFolders).toEqual(["Zebra", "red_fox", "älg"]);
  expect(folder.splits).toEqual({});
  expect(pathsOf(folder.all)).toEqual([
    "0 Zebra/x.webp",
    "1 red_fox/B.gif",
    "1 red_fox/a.png",
    "1 red_fox/b.JPG",
    "2 älg/1.tif",
    "2 älg/10.avif",
    "2 älg/2.jpeg",
  ]);
  expect(folder.ignoredFiles).toBe(0);
});

test("reads folders inside class folders, passes hidden files over, counts the others", () => {
  touch(
    "a/x.jpg",
    "a/deep/er/y.jpg",
    "a/notes.txt",
    "a/.hidden.jpg",
    ".git/z.jpg",
    "b/z.jpg",
    "loose.jpg",
    "b/README",
  );
  const folder = readImageFolder(root);
  expect(pathsOf(folder.all)).toEqual(["0 a/deep/er/y.jpg", "0 a/x.jpg", "1 b/z.jpg"]);
  expect(folder.ignoredFiles).toBe(3);
});

test("takes train, val and test folders", () => {
  touch("train/a/1.jpg", "train/b/2.jpg", "test/a/3.jpg", "test/b/4.jpg", "val/a/5.jpg", "val/b/6.jpg");
  const folder = readImageFolder(root);
  expect(folder.classNames).toEqual(["a", "b"]);
  expect(pathsOf(folder.splits.train)).toEqual(["0 train/a/1.jpg", "1 train/b/2.jpg"]);
  expect(pathsOf(folder.splits.val)).toEqual(["0 val/a/5.jpg", "1 val/b/6.jpg"]);
  expect(pathsOf(folder.splits.test)).toEqual(["0 test/a/3.jpg", "1 test/b/4.jpg"]);
  expect(folder.all).toEqual([
    ...(folder.splits.train ?? []),
    ...(folder.splits.val ?? []),
    ...(folder.splits.test ?? []),
  ]);
});

test("takes a test folder alone", () => {
  touch("test/a/3.jpg", "test/b/4.jpg");
  const { splits, all } = readImageFolder(root);
  expect(splits).toEqual({ test: all });
});

test("a class may be called train", () => {
  touch("train/locomotive.jpg", "bus/1.jpg");
  expect(readImageFolder(root).classNames).toEqual(["bus", "train"]);
});

test("refuses class folders beside splits", () => {
  touch("train/a/1.jpg", "train/b/1.jpg", "zebra/1.jpg");
  expect(() => readImageFolder(root)).toThrow(
    'expected either train, val and test folders or class folders, got both: "zebra" beside "train". Move',
  );
});

test("names the classes that one split lacks or has besides", () => {
  touch("train/a/1.jpg", "train/b/1.jpg", "test/a/1.jpg", "test/c/1.jpg");
  expect(() => readImageFolder(root)).toThrow(
    `${join(root, "test")}: expected the same class folders as in train, got no "b", and "c" besides.`,
  );
});

test("takes names from classes.json, as an object or as an array", () => {
  touch("n01/1.jpg", "n02/1.jpg");
  writeFileSync(join(root, "classes.json"), '{ "n02": "alpaca", "n01": "llama" }');
  expect(readImageFolder(root).classNames).toEqual(["llama", "alpaca"]);
  writeFileSync(join(root, "classes.json"), '["tench", " goldfish "]');
  expect(readImageFolder(root)).toMatchObject({ classNames: ["tench", "goldfish"], ignoredFiles: 0 });
});

test.for([
  ['{"n01": "a"}', 'expected a name for every class folder and for nothing else, got no name for "n02".'],
  ['{"n01": "a", "n02": "b", "n03": "c"}', 'got names for "n03", which are no folders.'],
  ['["a"]', "expected one name for each of the 2 class folders, in sorted order, got 1 names."],
  ['["a", "a"]', 'expected a name of its own for each class, got "a" for both "n01" and "n02". Merge'],
  ['["a", ""]', 'or an array of class names, got "" as the name of "1".'],
  ['{"n01": "a", "n02": 7}', 'got 7 as the name of "n02".'],
  ["12", "expected a JSON object from folder to class name, or an array of class names, got 12."],
  ["{", "expected a JSON object from folder to class name, or an array of class names, got Expected"],
] as const)("refuses the classes.json %s", ([text, message]) => {
  touch("n01/1.jpg", "n02/1.jpg");
  writeFileSync(join(root, "classes.json"), text);
  expect(() => readImageFolder(root)).toThrow(DataError);
  expect(() => readImageFolder(root)).toThrow(message);
  expect(() => readImageFolder(root)).toThrow(/classes\.json: /);
});

test("refuses two folders that give one name", () => {
  touch("red_fox/1.jpg", "red fox/1.jpg");
  expect(() => readImageFolder(root)).toThrow(
    'got "red fox" for both "red fox" and "red_fox". Merge or rename',
  );
});

test("refuses a folder whose name says nothing", () => {
  touch("_/1.jpg", "b/1.jpg");
  expect(() => readImageFolder(root)).toThrow(
    'expected class folders whose names say something, got "_". Rename',
  );
});

test("names a missing folder and a file in place of one", () => {
  touch("file");
  expect(() => readImageFolder(join(root, "none"))).toThrow(
    `${join(root, "none")}: expected a folder of pictures, got no folder of that name.`,
  );
  expect(() => readImageFolder(join(root, "file"))).toThrow("expected a folder of pictures, got a file.");
});

test("wants two classes, and pictures in each", () => {
  touch("picture.jpg");
  const wanted = "expected a sub-folder of pictures for each of at least two classes";
  expect(() => readImageFolder(root)).toThrow(`${wanted}, got no sub-folders.`);
  touch("a/1.jpg");
  expect(() => readImageFolder(root)).toThrow(`${wanted}, got one only, "a". Add`);
  touch("b/1.txt", "c/.1.jpg");
  expect(() => readImageFolder(root)).toThrow(
    'expected at least one picture in each class folder, got none in "b", "c". Add pictures',
  );
});

test.skipIf(process.platform === "win32")("follows links, once, and keeps dead ones for the report", () => {
  touch("a/1.jpg", "b/1.jpg");
  symlinkSync(join(root, "a"), join(root, "a", "self"));
  symlinkSync(root, join(root, "b", "up"));
  symlinkSync(join(root, "nowhere"), join(root, "b", "gone.jpg"));
  symlinkSync(join(root, "a"), join(root, "c"));
  expect(pathsOf(readImageFolder(root).all)).toEqual([
    "0 a/1.jpg",
    "1 b/1.jpg",
    "1 b/gone.jpg",
    "1 b/up/a/1.jpg",
    "2 c/1.jpg",
  ]);
});
