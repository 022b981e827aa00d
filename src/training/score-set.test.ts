import { describe, expect, test } from "vitest";
import { countingRuntime } from "../../test/support/counting-runtime.ts";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { SMALL_IMAGE_SIZE, smallClip } from "../../test/support/small-clip.ts";
import { SMALL_JOINT_WIDTH, SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { createImageEncoder } from "../clip/image-encoder.ts";
import { normalizePixels } from "../clip/preprocess.ts";
import { classify } from "../clip/zero-shot.ts";
import { ConfigError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { rowsOf } from "./metrics.ts";
import type { PixelSet } from "./pixel-set.ts";
import { scoreSet } from "./score-set.ts";

const draw = seededTensor(1);
const textFeatures = draw([3, SMALL_JOINT_WIDTH], 1);
const plain = sampleAdapter({ textFeatures });
const { runtime, counts } = (() => {
  const { counting, counts } = countingRuntime(createNodeRuntime({ threads: 1 }));
  return { runtime: counting, counts };
})();

describe("scores of features", () => {
  test("are of the first view of each picture", async () => {
    const features = draw([4, 3, SMALL_JOINT_WIDTH], 1);
    const logits = await scoreSet(plain, { features, labels: [0, 1, 2, 0] }, { runtime, readFloat32 });
    expect(logits.shape).toEqual([4, 3]);
    rowsOf(logits).forEach((row, picture) => {
      const start = picture * 3 * SMALL_JOINT_WIDTH;
      const first = features.data.slice(start, start + SMALL_JOINT_WIDTH);
      const expected = classify(
        createTensor("float32", [1, SMALL_JOINT_WIDTH], first),
        textFeatures,
        plain.logitScale,
      );
      expect(row).toEqual(expected.data);
    });
  });
});

describe("scores of pixels", () => {
  const clip = smallClip(1) as unknown as ClipCheckpoint;
  const imagePrompts: readonly Tensor<"float32">[] = [draw([2, SMALL_WIDTH], 1), draw([2, SMALL_WIDTH], 1)];
  const adapter = sampleAdapter({ textFeatures, imagePrompts });
  const size = 3 * SMALL_IMAGE_SIZE ** 2;
  const random = createRandom(1);
  // More than a batch of the encoder, and not a multiple of it.
  const set: PixelSet = {
    crops: Uint8Array.from({ length: 11 * 2 * size }, () => random.randBelow(256)),
    viewCount: 2,
    preprocessing: { imageSize: SMALL_IMAGE_SIZE, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    labels: Array.from({ length: 11 }, (_, picture) => picture % 3),
  };

  test("are of the centre crop, by the image tower with the adapter's prompts", async () => {
    const logits = await scoreSet(adapter, set, { runtime, clip, readFloat32 });
    expect(logits.shape).toEqual([11, 3]);
    const encoder = await createImageEncoder(runtime, clip, { batchSize: 1, prompts: imagePrompts });
    for (const [picture, row] of rowsOf(logits).entries()) {
      const data = set.crops.subarray(picture * 2 * size, (picture * 2 + 1) * size);
      const image = { width: SMALL_IMAGE_SIZE, height: SMALL_IMAGE_SIZE, data };
      const feature = await encoder.encode(normalizePixels(image, set.preprocessing));
      const features = createTensor("float32", [1, SMALL_JOINT_WIDTH], new Float32Array(feature));
      const expected = classify(features, textFeatures, adapter.logitScale);
      expected.data.forEach((logit, c) => {
        expect(row[c]).toBeCloseTo(logit, 3);
      });
    }
    await encoder.release();
    expect(counts.held).toBe(0);
  });

  test("are others than those of the tower without prompts", async () => {
    const options = { runtime, clip, readFloat32 };
    const prompted = await scoreSet(adapter, set, options);
    expect((await scoreSet(plain, set, options)).data).not.toEqual(prompted.data);
  });

  test("need a model", async () => {
    const run = scoreSet(adapter, set, { runtime, readFloat32 });
    await expect(run).rejects.toThrow(ConfigError);
    await expect(run).rejects.toThrow('scores of "lamm": expected a model to encode pictures, got none.');
  });
});
