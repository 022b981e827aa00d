import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSplitFile, writeSplitFile } from "./split-file.ts";

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-split-"));
  file = join(folder, "split_zhou_Things.json");
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (content: unknown) => {
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return readSplitFile(file);
};

test("reads the parts in the file's order, and writes the same", () => {
  const content = {
    train: [
      ["dog/2.jpg", 1, "dog"],
      ["cat/./1.jpg", 0, "big_cat"],
    ],
    val: [],
    test: [["dog/3.jpg", 1, "dog"]],
  };
  const split = read(content);
  expect(split).toEqual({
    train: [
      { path: "dog/2.jpg", label: 1, className: "dog" },
      { path: "cat/1.jpg", label: 0, className: "big_cat" },
    ],
    val: [],
    test: [{ path: "dog/3.jpg", label: 1, className: "dog" }],
  });
  writeSplitFile(file, split);
  expect(readFileSync(file, "utf8")).toBe(JSON.stringify(content).replace("./", ""));
});

test("a seed says that a split was made", () => {
  const split = { train: [["a.jpg", 0, "a"]], val: [], test: [["b.jpg", 0, "a"]] };
  const made = read({ ...split, madeWithSeed: 3 });
  expect(made.madeWithSeed).toBe(3);
  writeSplitFile(file, made);
  expect(readSplitFile(file)).toEqual(made);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ ...split, madeWithSeed: 3 });
});

describe("refuses", () => {
  const expected =
    "expected a split file: a JSON object of train, val and test, each a list of [path, label, class name], got";
  test.each([
    ["broken JSON", '{"train": [', /Unexpected end of JSON input\. Get the file again\.$/],
    ["other JSON", [1], /Invalid input: expected object, received array\.$/],
    ["a missing part", { train: [], test: [] }, /val: Invalid input: expected array, received undefined\.$/],
    [
      "a label that is no index",
      { train: [["a.jpg", -1, "a"]], val: [], test: [] },
      /train > 0 > 1: Too small.*\.$/,
    ],
    [
      "a name of white space",
      { train: [["a.jpg", 0, " "]], val: [], test: [] },
      /train > 0 > 2: Too small.*\.$/,
    ],
    ["a huge label", { train: [["a.jpg", 1e9, "a"]], val: [], test: [] }, /train > 0 > 1: Too big.*\.$/],
  ])("%s", (_, content, got) => {
    expect(() => read(content)).toThrow(`${file}: ${expected}`);
    expect(() => read(content)).toThrow(got);
  });

  test("a file that is not there or too large to be one", () => {
    expect(() => readSplitFile(join(folder, "none.json"))).toThrow(
      `${join(folder, "none.json")}: ${expected} ENOENT`,
    );
    const large = join(folder, "large.json");
    writeFileSync(large, "");
    truncateSync(large, 2 ** 28 + 1);
    expect(() => readSplitFile(large)).toThrow(
      "a file of 268435457 bytes, more than 268435456. Get the file again.",
    );
  });

  test.each([
    "/etc/passwd",
    "../secret.jpg",
    "a/../../b.jpg",
    "..",
    "C:/x.jpg",
    "a\\b.jpg",
    "a\0.jpg",
    "a/",
    ".",
  ])("the path %j", (path) => {
    expect(() => read({ train: [[path, 0, "a"]], val: [], test: [] })).toThrow(
      `${file}: expected paths of pictures inside the image folder, with forward slashes, got ${JSON.stringify(path)}. Write them as they are below that folder.`,
    );
  });
});

test("no path that is accepted leads out of the image folder", () => {
  const part = fc.oneof(fc.constantFrom("..", ".", "", "a", "~"), fc.string({ maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      let path: string | undefined;
      try {
        path = read({ train: [[parts.join("/"), 0, "a"]], val: [], test: [] }).train[0]?.path;
      } catch {
        return;
      }
      expect(resolve("/images", path ?? "").startsWith("/images/")).toBe(true);
    }),
    { numRuns: 200 },
  );
});
