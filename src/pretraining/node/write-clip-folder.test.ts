import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { testTokenizerJson } from "../../../test/support/test-tokenizer.ts";
import { parseSafetensors } from "../../clip/checkpoint/safetensors.ts";
import type { ClipCheckpoint } from "../../clip/clip-checkpoint.ts";
import type { ClipConfig } from "../../clip/config.ts";
import { createImageEncoder } from "../../clip/image-encoder.ts";
import { nameWeights } from "../../clip/name-weights.ts";
import { loadClip, loadClipWeights } from "../../clip/node/load-clip.ts";
import { encodeTexts } from "../../clip/text-encoder.ts";
import { tokenizerJsonOf } from "../../clip/vocabulary-tokenizer.ts";
import type { ClipWeights } from "../../clip/weights.ts";
import { ConfigError, ModelFileError, StorageError } from "../../errors.ts";
import { createNodeRuntime } from "../../runtime/onnxruntime-node.ts";
import { withFileSource } from "../../tensor/node/file-source.ts";
import { readFloat32 } from "../../tensor/node/read-tensor.ts";
import { createRandom } from "../../tensor/random.ts";
import { createTensor } from "../../tensor/tensor.ts";
import { toFloat16 } from "../../tensor/to-float16.ts";
import { toFloat32 } from "../../tensor/to-float32.ts";
import { createRandomWeights } from "../initial-weights.ts";
import { writeClipFolder } from "./write-clip-folder.ts";

const root = mkdtempSync(join(tmpdir(), "lamm-write-clip-"));
afterAll(() => rmSync(root, { recursive: true }));
const runtime = createNodeRuntime({ threads: 1 });

const tower = { heads: 2, layers: 2, layerNormEps: 1e-6 } as const;
const config: ClipConfig = {
  text: { ...tower, width: 32, activation: "gelu", vocabularySize: 520, contextLength: 12 },
  image: { kind: "vit", ...tower, width: 48, activation: "quick_gelu", imageSize: 16, patchSize: 8 },
  jointWidth: 24,
  imageMean: [0.5, 0.4, 0.3],
  imageStd: [0.25, 0.2, 0.3],
};
const weights = createRandomWeights(config, createRandom(1));
const model = { config, weights, tokenizerJson: testTokenizerJson, modelCard: "# A model\n" } as const;

function elementsOf(given: ClipWeights): Map<string, Float32Array> {
  return new Map([...nameWeights(given)].map(([name, tensor]) => [name, readFloat32(tensor)]));
}

async function featuresOf(clip: Pick<ClipCheckpoint, "config" | "weights" | "tokenizer">) {
  const pixels = Float32Array.from({ length: 2 * 3 * 16 * 16 }, (_, i) => Math.sin(i));
  const images = await createImageEncoder(runtime, clip, { batchSize: 2 });
  const prompts = ["a cat", "a dog of a cat"].map((text) => clip.tokenizer.encodePrompt(text));
  const texts = await encodeTexts(runtime, clip, prompts, readFloat32);
  const features = { images: await images.encode(pixels), texts };
  await images.release();
  return features;
}

test("a model in memory comes back with equal config, tensors and features", async () => {
  const folder = join(root, "new", "float32");
  writeClipFolder(folder, { ...model, dtype: "float32" });
  const clip = await loadClip(folder);
  expect(clip.config).toEqual(config);
  expect(elementsOf(clip.weights)).toEqual(elementsOf(weights));
  expect(clip.weights.logitScale).toBe(Math.fround(weights.logitScale));
  expect(await featuresOf(clip)).toEqual(await featuresOf({ ...clip, weights }));
  expect(clip.tokenizer).toMatchObject({ startOfText: 518, endOfText: 519, contextLength: 12 });
});

test("float16 holds the nearest numbers, and the scale of the logits in full", async () => {
  const folder = join(root, "float16");
  writeClipFolder(folder, { ...model, dtype: "float16" });
  const clip = await loadClip(folder);
  const nearest = [...elementsOf(weights)].map(([name, data]) => {
    return [name, toFloat32(toFloat16(createTensor("float32", [data.length], data)))] as const;
  });
  expect(elementsOf(clip.weights)).toEqual(new Map(nearest));
  expect(new Set([...nameWeights(clip.weights).values()].map(({ dtype }) => dtype))).toEqual(
    new Set(["float16"]),
  );
  expect(clip.weights.logitScale).toBe(Math.fround(weights.logitScale));
});

test("the golden folder, read and written again, holds the same tensors", async () => {
  const golden = join(import.meta.dirname, "../../../test/golden/clip-vit.huggingface");
  const loaded = await loadClipWeights(golden);
  // A vocabulary of as many tokens as the golden model has.
  const tokens = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?-"];
  const vocabulary = Object.fromEntries(
    [...tokens, "<|startoftext|>", "<|endoftext|>"].map((t, id) => [t, id]),
  );
  const tokenizerJson = tokenizerJsonOf({
    vocabulary: JSON.stringify(vocabulary),
    vocabularyName: "vocab.json",
    merges: "",
  });
  const folder = join(root, "golden");
  writeClipFolder(folder, { ...loaded, tokenizerJson, modelCard: "", dtype: "float16" });
  const read = (path: string) => {
    const { tensors } = withFileSource(join(path, "model.safetensors"), parseSafetensors);
    return [...tensors].map(([name, stored]) => [name, digest(readFloat32(stored))]).sort();
  };
  expect(read(folder)).toEqual(read(golden));
  const again = await loadClipWeights(folder);
  expect(again.config).toEqual(loaded.config);
  const ids = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")).text_config;
  expect(ids).toMatchObject({ bos_token_id: 69, eos_token_id: 70 });
});

/** Comparing a million elements one by one takes seconds. */
function digest({ buffer, byteOffset, byteLength }: Float32Array): string {
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
}

test("writes five files, the same bytes each time, and replaces older ones", () => {
  const folder = mkdtempSync(join(root, "again-"));
  writeFileSync(join(folder, "README.md"), "an older model");
  const write = () => {
    writeClipFolder(folder, { ...model, dtype: "float16" });
    return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString()]);
  };
  const first = write();
  expect(first.map(([name]) => name)).toEqual([
    "README.md",
    "config.json",
    "model.safetensors",
    "preprocessor_config.json",
    "tokenizer.json",
  ]);
  expect(first[0]).toEqual(["README.md", "# A model\n"]);
  expect(first[4]).toEqual(["tokenizer.json", testTokenizerJson]);
  // PyTorch's readers refuse a file without it.
  expect(first[2]?.[1]).toContain('"__metadata__":{"format":"pt"}');
  expect(write()).toEqual(first);
});

test("leaves the folder as it was where anything about the model is wrong", () => {
  const folder = mkdtempSync(join(root, "wrong-"));
  const write = (changes: Partial<typeof model>, dtype: "float16" | "float32" = "float16") => {
    return () => writeClipFolder(folder, { ...model, ...changes, dtype });
  };
  const few = { ...config, text: { ...config.text, vocabularySize: 519 } };
  const diverged = withFirstToken(Number.NaN);
  const large = withFirstToken(65_520);
  expect(write({ config: few as typeof config })).toThrow(ConfigError);
  expect(write({ config: few })).toThrow(
    "tokenizer.json: expected at most 519 tokens, as the text tower has, got 520. " +
      "Give the tokenizer that the model was trained with.",
  );
  expect(write({ weights: diverged })).toThrow(ConfigError);
  expect(write({ weights: diverged }, "float32")).toThrow(
    'weights, tensor "text_model.embeddings.token_embedding.weight": expected numbers that are finite in float32, ' +
      "got NaN. Go back to weights from before training diverged.",
  );
  expect(write({ weights: large })).toThrow("finite in float16, got 65520. Write float32.");
  expect(write({ weights: { ...weights, logitScale: Number.POSITIVE_INFINITY } })).toThrow(
    'weights, tensor "logit_scale": expected numbers that are finite in float32, got Infinity',
  );
  expect(readdirSync(folder)).toEqual([]);
  write({ weights: large }, "float32")();
  expect(readdirSync(folder)).toHaveLength(5);
});

/** The weights with another number at the very beginning. */
function withFirstToken(value: number): ClipWeights {
  const { shape } = weights.text.tokenEmbedding;
  const data = Float32Array.from(readFloat32(weights.text.tokenEmbedding));
  data[0] = value;
  return { ...weights, text: { ...weights.text, tokenEmbedding: createTensor("float32", shape, data) } };
}

test("refuses a damaged tokenizer, and a folder that cannot be made", () => {
  const folder = join(root, "damaged");
  expect(() => writeClipFolder(folder, { ...model, tokenizerJson: "{", dtype: "float16" })).toThrow(
    ModelFileError,
  );
  expect(readdirSync(root)).not.toContain("damaged");
  writeFileSync(join(root, "file"), "");
  expect(() => writeClipFolder(join(root, "file", "in"), { ...model, dtype: "float16" })).toThrow(
    StorageError,
  );
});
