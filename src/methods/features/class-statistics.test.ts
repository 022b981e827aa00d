import { expect, test } from "vitest";
import { createTensor } from "../../tensor/tensor.ts";
import { centreByClass, classMeans, countPictures, picturesToHoldOut } from "./class-statistics.ts";

const support = {
  features: createTensor("float32", [3, 2], Float32Array.of(1, 0, 3, 4, 0, 1)),
  labels: [1, 1, 0],
  classCount: 2,
};

test("counts, means and what is left of them", () => {
  const counts = countPictures(support);
  expect(counts).toEqual([1, 2]);
  expect(picturesToHoldOut(support.labels, counts)).toEqual([0, 1]);
  const means = classMeans(support, counts);
  expect(means.data).toEqual(Float64Array.of(0, 1, 2, 2));
  expect(centreByClass(support, means).data).toEqual(Float64Array.of(-1, -2, 1, 2, 0, 0));
});

test("refuses labels that do not fit", () => {
  expect(() => countPictures({ ...support, labels: [0, 1] })).toThrow(
    "support set: expected 3 labels, one for each picture, got 2.",
  );
  expect(() => countPictures({ ...support, labels: [0, 2, 1] })).toThrow(
    "support set, label of picture 1: expected a class in [0, 2), got 2.",
  );
  expect(() => countPictures({ ...support, labels: [0, 0, 0] })).toThrow(
    "support set, class 1: expected at least one picture, got none. Add a picture of it, or leave the class out.",
  );
});
