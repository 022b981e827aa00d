import { expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import { splitClasses } from "./class-parts.ts";
import { checkAllReadable, shareAmong } from "./score-test.ts";

const scores = {
  logits: createTensor("float32", [4, 3], Float32Array.of(9, 1, 2, 5, 4, 3, 1, 2, 9, 1, 7, 7)),
  labels: [0, 1, 1, 2],
};

test("only some classes, and their pictures, count", () => {
  expect(shareAmong(scores, [0, 1, 2])).toBe(1 / 4);
  expect(shareAmong(scores, [0, 1])).toBe(2 / 3);
  expect(shareAmong(scores, [1, 2])).toBe(1 / 3);
  expect(shareAmong(scores, [2, 1])).toBe(2 / 3);
});

test("a picture that cannot be read fails the cell", () => {
  expect(() => checkAllReadable("DTD", [])).not.toThrow();
  expect(() => checkAllReadable("DTD", [{ index: 0, path: "a.jpg", reason: "cut off" }])).toThrow(
    "DTD: expected pictures that can all be read, as a benchmark's number is of all of them, got 1 that cannot, the first: a.jpg (cut off). Get the data set again; lamm datasets says where.",
  );
});

test("the first half of the classes is the larger one, and both are numbered from 0", () => {
  const picture = (label: number) => ({ path: `${label}.jpg`, label });
  const { set1, set2 } = splitClasses({
    ...{ name: "DTD", classNames: ["a", "b", "c"], classIds: ["A", "B", "C"], template: "{}", identity: "i" },
    ...{ train: [picture(2), picture(0), picture(1)], val: [picture(1)], test: [picture(2), picture(0)] },
  });
  expect(set1).toMatchObject({ classNames: ["a", "b"], classIds: ["A", "B"], val: [{ label: 1 }] });
  expect(set1.train).toEqual([picture(0), picture(1)]);
  expect(set2).toMatchObject({ classNames: ["c"], classIds: ["C"], val: [] });
  expect(set2.test).toEqual([{ path: "2.jpg", label: 0 }]);
});
