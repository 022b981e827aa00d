import fc from "fast-check";
import { expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import { featureBlocks } from "./feature-blocks.ts";

test("blocks have all pictures once, in order, and few enough logits", () => {
  const size = fc.integer({ min: 1, max: 50 });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 400 }), (count, classCount, maxLogits) => {
      const data = Float32Array.from({ length: 2 * count }, (_, i) => i);
      const features = createTensor("float32", [count, 2], data);
      const blocks = [...featureBlocks(features, { classCount, maxLogits })];
      expect(blocks.flatMap((block) => [...block.data])).toEqual([...data]);
      for (const { shape, data: own } of blocks) {
        expect(own.buffer).toBe(data.buffer);
        expect((shape[0] ?? 0) * classCount).toBeLessThanOrEqual(Math.max(maxLogits, classCount));
      }
    }),
  );
});

test("a thousand pictures of a thousand classes are one block", () => {
  const features = createTensor("float32", [1000, 1], new Float32Array(1000));
  expect([...featureBlocks(features, { classCount: 1000 })]).toEqual([features]);
  expect([...featureBlocks(features, { classCount: 21_000 })].map(({ shape }) => shape[0])).toEqual([
    798, 202,
  ]);
});
