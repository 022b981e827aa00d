import { expect, test } from "vitest";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { createTensor } from "../tensor/tensor.ts";
import { argMax, rowsOf } from "../training/metrics.ts";
import { scoreFeatures } from "./evaluate.ts";
import { scorePictures } from "./score-pictures.ts";

/** More logits than a block has. */
const [CLASSES, PICTURES, WIDTH] = [20_000, 900, 8];

test("many pictures of many classes are scored in blocks, in order, as each would be alone", async () => {
  const draw = seededTensor(3);
  const textFeatures = normalizeFeatures(draw([CLASSES, WIDTH], 1));
  const features = createTensor("float32", [PICTURES, 1, WIDTH], draw([PICTURES, WIDTH], 1).data);
  const sizes: number[] = [];
  const predicted: number[] = [];
  const adapter = sampleAdapter({
    classNames: Array.from({ length: CLASSES }, (_, c) => `class ${c}`),
    textFeatures,
    parameters: {},
  });
  await scorePictures(adapter, {
    runtime: createNodeRuntime(),
    where: "random features",
    encode: async () => ({ features, indices: [...Array(PICTURES).keys()], unreadable: [] }),
    onLogits: (logits) => {
      sizes.push(logits.shape[0] ?? 0);
      predicted.push(...rowsOf(logits).map(argMax));
    },
  });
  expect(sizes).toEqual([838, 62]);
  const texts = rowsOf(textFeatures);
  for (const picture of [0, 837, 838, 899]) {
    const own = features.data.subarray(WIDTH * picture, WIDTH * (picture + 1));
    expect(predicted[picture]).toBe(
      argMax(texts.map((text) => text.reduce((sum, x, i) => sum + x * own[i]!, 0))),
    );
  }
  const { accuracy } = scoreFeatures(features, textFeatures, predicted);
  expect(accuracy).toBe(1);
});
