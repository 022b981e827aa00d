import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createImageEncoder } from "../../src/clip/image-encoder.ts";
import { loadClipWeights } from "../../src/clip/node/load-clip.ts";
import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import { readFloat32 } from "../../src/tensor/node/read-tensor.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { clipShapes } from "./clip-shapes.ts";
import { listTensors } from "./tensor-recipes.ts";
import { type RandomCheckpointOptions, writeRandomCheckpoint } from "./write-random-checkpoint.ts";

let root: string;
let written = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "lamm-random-"));
});

afterAll(() => rm(root, { recursive: true }));

async function write(options: Partial<RandomCheckpointOptions> = {}): Promise<string> {
  const folder = join(root, `${written++}`);
  const config = clipShapes["tiny-vit"];
  await writeRandomCheckpoint({ folder, config, layout: "openai", dtype: "float32", seed: 1, ...options });
  return folder;
}

/** Features of one picture of noise. */
async function encodeNoise(folder: string): Promise<Float32Array> {
  const clip = await loadClipWeights(folder);
  const encoder = await createImageEncoder(createNodeRuntime(), clip, { batchSize: 1 });
  const pixels = Float32Array.from({ length: 3 * clip.config.image.imageSize ** 2 }, (_, i) =>
    Math.sin(i * i),
  );
  const features = await encoder.encode(pixels);
  await encoder.release();
  return features;
}

const rootMeanSquare = (values: Float32Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

test.each([
  // As published: https://github.com/openai/CLIP, without buffers.
  ["vit-b-16", 149_620_737],
  ["vit-b-32", 151_277_313],
  ["rn50", 102_007_137],
] as const)("%s has as many parameters as OpenAI's", (shape, parameters) => {
  const trained = listTensors(clipShapes[shape], "openai").filter(({ name }) => !name.includes("running_"));
  expect(trained.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(parameters);
});

test.each([
  ["tiny-vit", "openai", "float32"],
  ["tiny-vit", "openai", "float16"],
  ["tiny-vit", "openai", "bfloat16"],
  ["tiny-vit", "hugging-face", "float32"],
  ["tiny-vit", "hugging-face", "float16"],
  ["tiny-rn", "openai", "float32"],
] as const)(
  "%s in the layout %s, %s, is a CLIP of that shape with sane features",
  async (shape, layout, dtype) => {
    const folder = await write({ config: clipShapes[shape], layout, dtype });
    const { config, weights } = await loadClipWeights(folder);
    expect(config).toEqual(clipShapes[shape]);
    expect(weights.logitScale).toBeCloseTo(Math.log(100), 1);
    expect(weights.text.tokenEmbedding.dtype).toBe(dtype);
    expect(rootMeanSquare(readFloat32(weights.text.tokenEmbedding))).toBeCloseTo(0.02, 3);
    const size = rootMeanSquare(await encodeNoise(folder));
    expect(size).toBeGreaterThan(0.1);
    expect(size).toBeLessThan(10);
  },
);

test("one seed is one model in both layouts", async () => {
  const openai = await loadClipWeights(await write());
  const huggingFace = await loadClipWeights(await write({ layout: "hugging-face" }));
  const pairs = [openai, huggingFace].map(({ weights: { text, image } }) => {
    const towers = image.kind === "vit" ? [text, image] : [];
    return towers.flatMap(({ blocks }) =>
      blocks.map(({ value, mlpUp }) => [value, mlpUp].map(({ weight }) => readFloat32(weight))),
    );
  });
  expect(pairs[0]).toEqual(pairs[1]);
  expect(pairs[0]).toHaveLength(4);
  expect(await encodeNoise(await write({ layout: "hugging-face" }))).toEqual(
    await encodeNoise(await write()),
  );
});

test("one seed is one file, and another seed another", async () => {
  const read = async (folder: string) => readFile(join(folder, "model.safetensors"));
  const first = await read(await write());
  expect(first.equals(await read(await write()))).toBe(true);
  expect(first.equals(await read(await write({ seed: 2 })))).toBe(false);
});

test("the Hugging Face layout has no modified ResNets", async () => {
  await expect(write({ config: clipShapes["tiny-rn"], layout: "hugging-face" })).rejects.toThrow(
    "layout: expected openai, the only one that has modified ResNets, got hugging-face.",
  );
});

test("the command writes a checkpoint, and lists the shapes where it knows the one asked for not", async () => {
  const command = join(import.meta.dirname, "..", "make-random-checkpoint.ts");
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [command, join(root, "command"), ...args]);
  const tokenizer = join(await write(), "model.safetensors");
  const { stdout } = await run("--shape", "tiny-vit", "--layout", "hugging-face", "--tokenizer", tokenizer);
  expect(stdout).toBe(`${join(root, "command", "model.safetensors")}\n`);
  expect((await readdir(join(root, "command"))).sort()).toEqual([
    "config.json",
    "model.safetensors",
    "preprocessor_config.json",
    "tokenizer.json",
  ]);
  await expect(run("--shape", "vit-b")).rejects.toMatchObject({
    stderr: expect.stringContaining("Allowed choices are vit-b-16, vit-b-32, rn50, tiny-vit, tiny-rn."),
  });
  await expect(run("--seed", "one")).rejects.toMatchObject({
    stderr: expect.stringContaining("Expected an integer."),
  });
});
