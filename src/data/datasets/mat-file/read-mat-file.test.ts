import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { matFiles } from "../../../../test/support/datasets/mat-files.ts";
import { DataError } from "../../../errors.ts";
import { numbersOf, readMatFile } from "./read-mat-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-mat-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(bytes: Uint8Array) {
  const file = join(folder, "file.mat");
  writeFileSync(file, bytes);
  return readMatFile(file);
}
const text = (value: string) => ({ kind: "text", text: value });
const numbers = (...values: number[]) => ({ kind: "numbers", values });

test("reads structs, cells, texts and numbers of what SciPy writes", () => {
  expect(read(matFiles.annotations).get("annotations")).toEqual({
    kind: "structs",
    structs: [
      new Map(
        Object.entries({
          bbox_x1: numbers(30),
          bbox_y1: numbers(12),
          class: numbers(2),
          fname: text("00001.jpg"),
        }),
      ),
      new Map(
        Object.entries({
          bbox_x1: numbers(300),
          bbox_y1: numbers(12),
          class: numbers(1),
          fname: text("00002.jpg"),
        }),
      ),
    ],
  });
  expect(read(matFiles.classNames).get("class_names")).toEqual({
    kind: "cells",
    cells: [text("AM General Hummer SUV 2000"), text("Audi TT RS Coupe 2012")],
  });
  expect(numbersOf(read(matFiles.labels), "labels", "file.mat")).toEqual([3, 1, 2, 300]);
  expect(Object.fromEntries(read(matFiles.types))).toEqual({
    i: numbers(-3, 70000),
    f: numbers(0.5),
    b: numbers(2 ** 40),
    u: text("é–"),
    empty: numbers(),
    e: text(""),
  });
});

test("refuses other files", () => {
  const expected = "expected a MATLAB 5 file of numbers, texts, cells and structs, got";
  expect(() => read(Buffer.from("MATLAB 7.3 MAT-file".padEnd(200)))).toThrow(
    `${join(folder, "file.mat")}: ${expected} another kind of file. Get the file again.`,
  );
  expect(() => read(matFiles.classNames.subarray(0, 200))).toThrow(`${expected} an element beyond the end.`);
  expect(() => readMatFile(join(folder, "none.mat"))).toThrow(`${expected} ENOENT`);
  expect(() => numbersOf(read(matFiles.types), "u", "file.mat")).toThrow(
    'file.mat: expected numbers called "u", got text.',
  );
});

test("damage gives an error, and no other", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(matFiles)),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (file, changes) => {
        const bytes = Buffer.from(file);
        for (const [at, value] of changes) bytes[128 + (at % (bytes.length - 128))] = value;
        try {
          read(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      },
    ),
    { numRuns: 300 },
  );
});
