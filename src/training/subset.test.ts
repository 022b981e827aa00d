import { expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import type { PixelSet } from "./pixel-set.ts";
import { subsetOf } from "./subset.ts";

test("features go with all their views, in the order that is asked for", () => {
  const features = createTensor(
    "float32",
    [3, 2, 2],
    Float32Array.from({ length: 12 }, (_, i) => i),
  );
  expect(subsetOf({ features, labels: [5, 6, 7] }, [2, 0])).toEqual({
    features: createTensor("float32", [2, 2, 2], Float32Array.of(8, 9, 10, 11, 0, 1, 2, 3)),
    labels: [7, 5],
  });
});

test("pixels go with all their views, and how they are prepared", () => {
  const set: PixelSet = {
    crops: Uint8Array.from({ length: 3 * 2 * 3 }, (_, i) => i),
    viewCount: 2,
    preprocessing: { imageSize: 1, mean: [0, 0, 0], std: [1, 1, 1] },
    labels: [5, 6, 7],
  };
  expect(subsetOf(set, [1])).toEqual({ ...set, crops: Uint8Array.of(6, 7, 8, 9, 10, 11), labels: [6] });
});

test("a subset is a copy: changing it leaves the set as it was", () => {
  const features = createTensor("float32", [1, 1, 2], Float32Array.of(1, 2));
  const subset = subsetOf({ features, labels: [0] }, [0]);
  if ("features" in subset) subset.features.data.fill(0);
  expect(features.data).toEqual(Float32Array.of(1, 2));
});
