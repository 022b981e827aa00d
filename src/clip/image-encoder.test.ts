import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { readGoldenTensor } from "../../test/support/golden-tensor.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { createImageEncoder } from "./image-encoder.ts";
import { loadClipWeights } from "./node/load-clip.ts";

const golden = join(import.meta.dirname, "../../test/golden");
const runtime = createNodeRuntime({ threads: 1 });
const tolerance = { rtol: 1e-5, atol: 0 };

const goldenTensor = (name: string, tensor: string) => readGoldenTensor(name, tensor) as Tensor<"float32">;
const vit = await loadClipWeights(join(golden, "clip-vit.openai.safetensors"));
const images = goldenTensor("encode-vit", "images");
const features = goldenTensor("encode-vit", "image_features");

describe("createImageEncoder", () => {
  test.each([
    ["encode-vit", "clip-vit.openai.safetensors"],
    ["encode-vit", "clip-vit.huggingface"],
    ["encode-vit", "clip-vit.torchscript.pt"],
    ["encode-vit", "clip-vit.huggingface-bin"],
    ["encode-rn", "clip-rn.openai.safetensors"],
  ])("gives the features of %s with %s", async (name, checkpoint) => {
    const clip = await loadClipWeights(join(golden, checkpoint));
    const pixels = goldenTensor(name, "images");
    const expected = goldenTensor(name, "image_features");
    const encoder = await createImageEncoder(runtime, clip, { batchSize: 4 });
    const data = await encoder.encode(pixels.data);
    checkCloseToLargest({ shape: expected.shape, data }, expected, tolerance);
    await encoder.release();
  });

  test("encodes each picture by itself", async () => {
    const encoder = await createImageEncoder(runtime, vit, { batchSize: 1 });
    const size = images.data.length / 4;
    for (let i = 0; i < 4; i++) {
      const data = await encoder.encode(images.data.slice(i * size, (i + 1) * size));
      const expected = createTensor("float32", [64], features.data.slice(i * 64, (i + 1) * 64));
      checkCloseToLargest({ shape: [64], data }, expected, tolerance);
    }
    await encoder.release();
  });

  test("takes bfloat16 and float32 weights as float16 ones", async () => {
    const { patchEmbedding } = vit.weights.image as { patchEmbedding: Tensor };
    expect(patchEmbedding.dtype).toBe("float16");
    const wide = readFloat32(patchEmbedding);
    // The upper halves of float32 numbers are bfloat16 numbers.
    const upper = Uint16Array.from(
      new Uint32Array(wide.buffer, wide.byteOffset, wide.length),
      (n) => n >>> 16,
    );
    const cut = Float32Array.from(wide);
    const bits = new Uint32Array(cut.buffer);
    for (let i = 0; i < bits.length; i++) bits[i] = ((bits[i] ?? 0) & 0xffff0000) >>> 0;
    const { shape } = patchEmbedding;
    const encodeWith = async (tensor: Tensor) => {
      const image = { ...vit.weights.image, patchEmbedding: tensor } as typeof vit.weights.image;
      const encoder = await createImageEncoder(
        runtime,
        { ...vit, weights: { ...vit.weights, image } },
        { batchSize: 4 },
      );
      const data = await encoder.encode(images.data);
      await encoder.release();
      return data;
    };
    const whole = await encodeWith(createTensor("float32", shape, wide));
    checkCloseToLargest({ shape: features.shape, data: whole }, features, tolerance);
    const narrow = await encodeWith(createTensor("bfloat16", shape, upper));
    expect(narrow).toEqual(await encodeWith(createTensor("float32", shape, cut)));
    expect(narrow).not.toEqual(whole);
  });

  test("refuses a batch that is not full", async () => {
    const encoder = await createImageEncoder(runtime, vit, { batchSize: 2 });
    await expect(encoder.encode(images.data)).rejects.toThrow(
      "image encoder: expected 6144 values for 2 pictures [3, 32, 32], got 12288. Fill up an incomplete batch.",
    );
    await encoder.release();
  });

  test.each([0, 1.5, Number.NaN])("refuses batches of %s", async (batchSize) => {
    await expect(createImageEncoder(runtime, vit, { batchSize })).rejects.toThrow(
      `batch size: expected a whole number from 1, got ${batchSize}.`,
    );
  });

  test("refuses weights of another tower than the configuration's", async () => {
    const resnet = await loadClipWeights(join(golden, "clip-rn.openai.safetensors"));
    const mixed = { config: vit.config, weights: resnet.weights };
    await expect(createImageEncoder(runtime, mixed)).rejects.toThrow(
      "image tower: expected weights of a vit, as the configuration says, got those of a resnet.",
    );
  });
});
