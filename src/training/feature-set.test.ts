import { expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import { type FeatureSet, takeBatch, takeWhole } from "./feature-set.ts";

/** Three pictures of two views at width 2; element `pvd` is of picture p, view v. */
const data: FeatureSet = {
  features: createTensor(
    "float32",
    [3, 2, 2],
    Float32Array.of(0, 1, 10, 11, 100, 101, 110, 111, 200, 201, 210, 211),
  ),
  labels: [4, 0, 7],
};

test("a batch has one view of each of its pictures, in its order", () => {
  expect(takeBatch(data, [2, 0, 2], [1, 0, 0])).toEqual({
    features: createTensor("float32", [3, 2], Float32Array.of(210, 211, 0, 1, 200, 201)),
    labels: createTensor("int64", [3], BigInt64Array.of(7n, 4n, 7n)),
  });
});

test("the whole set has every view, under its picture's label, and shares the features", () => {
  const whole = takeWhole(data);
  expect(whole.features.shape).toEqual([6, 2]);
  expect(whole.features.data).toBe(data.features.data);
  expect(whole.labels).toEqual(createTensor("int64", [6], BigInt64Array.of(4n, 4n, 0n, 0n, 7n, 7n)));
});
