import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { ModelFileError } from "../errors.ts";
import { createTensor } from "../tensor/tensor.ts";
import {
  appendClassParameters,
  classRowCounts,
  dropClassParameters,
  rowsOfClass,
  sharedParameters,
} from "./class-parameters.ts";

const draw = seededTensor(3);

/** Classes with so many rows each of `token_classes`, and a context that they share. */
function classesOf(counts: readonly number[]) {
  const width = 2;
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const isEven = counts.every((count) => count === counts[0]);
  return {
    classNames: counts.map((_, c) => `class ${c}`),
    parameters: {
      ctx: draw([3, width], 1),
      token_classes: draw(isEven ? [counts.length, counts[0] ?? 0, width] : [rows, width], 1),
    },
    ...(!isEven && { rowCounts: { token_classes: counts } }),
  };
}

const countsOf = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 });

describe("rows of classes", () => {
  test("are told by the shape where all have as many, else by their counts", () => {
    expect(classRowCounts(classesOf([2, 2, 2]), "token_classes")).toEqual([2, 2, 2]);
    expect(classRowCounts(classesOf([2, 1, 3]), "token_classes")).toEqual([2, 1, 3]);
    expect(classRowCounts(classesOf([2, 1]), "ctx")).toBeUndefined();
    expect(classRowCounts(classesOf([2, 1]), "none")).toBeUndefined();
    expect(Object.keys(sharedParameters(classesOf([2, 1])))).toEqual(["ctx"]);
  });

  test("are views, one class behind the other", () => {
    const adapter = classesOf([2, 1, 3]);
    const { data } = adapter.parameters.token_classes;
    const starts = [0, 4, 6, 12];
    for (const c of [0, 1, 2]) {
      const rows = rowsOfClass(adapter, "token_classes", c);
      expect(rows?.data).toEqual(data.subarray(starts[c], starts[c + 1]));
    }
    expect(rowsOfClass(adapter, "ctx", 0)).toBeUndefined();
  });

  test("that are not those of the classes are refused", () => {
    const { rowCounts: _, ...unknown } = classesOf([2, 1]);
    expect(() => classRowCounts(unknown, "token_classes")).toThrow(
      'adapter, parameter "token_classes": expected rows for each of the 2 classes, got rows, but not whose they are. Train it again.',
    );
    const wrong = { ...classesOf([2, 1]), rowCounts: { token_classes: [2, 2] } };
    expect(() => classRowCounts(wrong, "token_classes")).toThrow("got 3 rows for 2 classes.");
    const other = { ...sampleAdapter(), classNames: ["a", "b"] };
    expect(() => classRowCounts(other, "token_classes")).toThrow(ModelFileError);
  });
});

test("classes that join and leave again leave everything as it was", () => {
  fc.assert(
    fc.property(countsOf, countsOf, (before, more) => {
      const adapter = classesOf(before);
      const added = classesOf(more);
      const classNames = [...adapter.classNames, ...added.classNames];
      let joined = { ...appendClassParameters(adapter, added), classNames };
      expect(classRowCounts(joined, "token_classes")).toEqual([...before, ...more]);
      classNames.forEach((_, c) => {
        const [from, own] = c < before.length ? [adapter, c] : [added, c - before.length];
        expect(rowsOfClass(joined, "token_classes", c)).toEqual(rowsOfClass(from, "token_classes", own));
      });
      expect(joined.parameters.ctx).toBe(adapter.parameters.ctx);
      for (let c = classNames.length - 1; c >= before.length; c--) {
        joined = { ...dropClassParameters(joined, c), classNames: classNames.slice(0, c) };
      }
      expect(joined).toEqual(adapter);
    }),
  );
});

test("a class in the middle takes its own rows along, and no others", () => {
  const adapter = classesOf([2, 1, 2]);
  const { data } = adapter.parameters.token_classes;
  const { parameters, rowCounts } = dropClassParameters(adapter, 1);
  const kept = Float32Array.of(...data.subarray(0, 4), ...data.subarray(6));
  expect(parameters.token_classes).toEqual(createTensor("float32", [2, 2, 2], kept));
  expect(rowCounts).toBeUndefined();
});
