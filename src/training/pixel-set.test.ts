import { describe, expect, test } from "vitest";
import { SMALL_IMAGE_SIZE } from "../../test/support/small-clip.ts";
import { smallPixels } from "../../test/support/small-prompt-method.ts";
import { normalizePixels, preprocess } from "../clip/preprocess.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { pixelBatches, takePixels } from "./pixel-set.ts";

const SIZE = 3 * SMALL_IMAGE_SIZE ** 2;
const set = { ...smallPixels({ pictures: 3, views: 2 }), labels: [4, 0, 7] };
const cropOf = (picture: number, view: number) => ({
  width: SMALL_IMAGE_SIZE,
  height: SMALL_IMAGE_SIZE,
  data: set.crops.subarray((2 * picture + view) * SIZE, (2 * picture + view + 1) * SIZE),
});
const rowOf = ({ data }: Tensor<"float32">, row: number) => data.slice(row * SIZE, (row + 1) * SIZE);

describe("a batch of pixels", () => {
  test("has one view of each of its pictures, in its order, as preprocessing leaves it", () => {
    const { pixels, labels } = takePixels(set, [2, 0, 2], [1, 0, 0]);
    expect(pixels.shape).toEqual([3, 3, SMALL_IMAGE_SIZE, SMALL_IMAGE_SIZE]);
    expect(labels).toEqual(createTensor("int64", [3], BigInt64Array.of(7n, 4n, 7n)));
    [cropOf(2, 1), cropOf(0, 0), cropOf(2, 0)].forEach((crop, row) => {
      expect(rowOf(pixels, row)).toEqual(normalizePixels(crop, set.preprocessing));
      // A crop of the right size is what a picture of that size becomes.
      expect(rowOf(pixels, row)).toEqual(preprocess(crop, set.preprocessing));
    });
  });

  test("is the crop again where the standardisation is undone", () => {
    const { pixels } = takePixels(set, [1], [1]);
    const plane = SMALL_IMAGE_SIZE ** 2;
    const { mean, std } = set.preprocessing;
    const back = Uint8Array.from({ length: SIZE }, (_, i) => {
      const channel = (i % 3) as 0 | 1 | 2;
      const value = pixels.data[channel * plane + Math.floor(i / 3)] ?? 0;
      return Math.round(255 * (value * std[channel] + mean[channel]));
    });
    expect(back).toEqual(cropOf(1, 1).data);
  });
});

describe("pixelBatches", () => {
  const batches = pixelBatches(set);

  test("says how many pictures and views there are", () => {
    expect([batches.labels, batches.viewCount]).toEqual([set.labels, 2]);
  });

  test("takes what is asked for", () => {
    expect(batches.take([1, 0], [0, 1])).toEqual(takePixels(set, [1, 0], [0, 1]));
  });

  test("takes every view of every picture as the whole", () => {
    expect(batches.takeWhole()).toEqual(takePixels(set, [0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1]));
  });

  test("leaves the crops as they are", () => {
    const before = set.crops.slice();
    batches.takeWhole();
    expect(set.crops).toEqual(before);
  });
});
