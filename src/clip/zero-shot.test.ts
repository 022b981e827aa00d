import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { readGoldenTensor } from "../../test/support/golden-tensor.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { benchmarkTemplates } from "./benchmark-templates.ts";
import { loadClipWeights } from "./node/load-clip.ts";
import { encodeTexts } from "./text-encoder.ts";
import type { ClipTokenizer } from "./tokenizer.ts";
import { classify, zeroShotFeatures } from "./zero-shot.ts";

const golden = join(import.meta.dirname, "../../test/golden");
const runtime = createNodeRuntime({ threads: 1 });
const loaded = await loadClipWeights(join(golden, "clip-vit.openai.safetensors"));
const { vocabularySize, contextLength } = loaded.config.text;

/** One token a letter: any token is as good as another to a model with random weights. */
const encodeWords = (text: string) => [...text].map((letter) => (letter.codePointAt(0) ?? 0) % 20);
const tokenizer: ClipTokenizer = {
  startOfText: vocabularySize - 2,
  endOfText: vocabularySize - 1,
  vocabularySize,
  contextLength,
  encodeWords,
  encodePrompt: (text) => [vocabularySize - 2, ...encodeWords(text), vocabularySize - 1],
  tokenText: (id) => ({ text: String(id), endsWord: true }),
};
const clip = { ...loaded, tokenizer };

describe("zeroShotFeatures", () => {
  test("averages normalised features of the templates, and normalises the mean", async () => {
    const classNames = ["cat", "llama", "ox"];
    const templates = Object.values(benchmarkTemplates).slice(2, 10);
    const found = await zeroShotFeatures(runtime, clip, { classNames, templates, readFloat32 });
    const wanted = new Float32Array(3 * 64);
    for (const [c, name] of classNames.entries()) {
      const sum = new Array<number>(64).fill(0);
      for (const template of templates) {
        const ids = tokenizer.encodePrompt(template.replace("{}", name));
        const feature = await encodeTexts(runtime, clip, [ids], readFloat32);
        const length = Math.hypot(...feature);
        for (let i = 0; i < 64; i++) sum[i]! += feature[i]! / length;
      }
      wanted.set(
        sum.map((number) => number / Math.hypot(...sum)),
        c * 64,
      );
    }
    checkCloseToLargest(found, { shape: [3, 64], data: wanted }, { rtol: 1e-5, atol: 0 });
  });

  test("reads features at the tokenizer's end-of-text, even where it is not the largest id", async () => {
    const endOfText = 30;
    const encodePrompt = (text: string) => [vocabularySize - 2, ...encodeWords(text), endOfText];
    const other = { ...loaded, tokenizer: { ...tokenizer, endOfText, encodePrompt } };
    const options = { classNames: ["cat"], templates: ["a {}."], readFloat32 };
    const found = await zeroShotFeatures(runtime, other, options);
    const data = await encodeTexts(runtime, loaded, [encodePrompt("a cat.")], readFloat32, { endOfText });
    const length = Math.hypot(...data);
    const wanted = { shape: [1, 64], data: data.map((number) => number / length) };
    checkCloseToLargest(found, wanted, { rtol: 1e-5, atol: 0 });
  });

  test("refuses to go without a template, or with one that takes no name", async () => {
    const options = { classNames: ["cat"], readFloat32 };
    await expect(zeroShotFeatures(runtime, clip, { ...options, templates: [] })).rejects.toThrow(
      "templates: expected at least one, got none.",
    );
    await expect(zeroShotFeatures(runtime, clip, { ...options, templates: ["a photo."] })).rejects.toThrow(
      'template "a photo.": expected one "{}" for the class name, got 0. Write, for example, "a photo of a {}."',
    );
  });
});

describe("classify", () => {
  test.each(["encode-vit", "encode-rn"])("gives the logits of %s", async (name) => {
    const checkpoint = name === "encode-vit" ? "clip-vit.openai.safetensors" : "clip-rn.openai.safetensors";
    const { weights } = await loadClipWeights(join(golden, checkpoint));
    const read = (tensor: string) => readGoldenTensor(name, tensor) as Tensor<"float32">;
    const logits = classify(read("image_features"), read("text_features"), Math.exp(weights.logitScale));
    checkCloseToLargest(logits, read("logits_per_image"), { rtol: 1e-5, atol: 0 });
  });

  test.each([1, 2, 4, 5, 7])("compares %i pictures as each by itself", (count) => {
    const draw = seededTensor(count);
    const [features, texts] = [draw([count, 3], 1), draw([6, 3], 1)];
    const expected = Array.from({ length: count }, (_, row) => {
      const alone = createTensor("float32", [1, 3], features.data.slice(3 * row, 3 * row + 3));
      return [...classify(alone, texts, 10).data];
    });
    expect([...classify(features, texts, 10).data]).toEqual(expected.flat());
  });

  test("refuses features of different widths", () => {
    const features = createTensor("float32", [1, 2], Float32Array.of(1, 0));
    const texts = createTensor("float32", [1, 3], Float32Array.of(1, 0, 0));
    expect(() => classify(features, texts, 100)).toThrow(
      "classify: expected text features [C, 2], as pictures have, got [1, 3]. Take both from the same model.",
    );
  });
});
