import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { readGoldenTensor } from "../../test/support/golden-tensor.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import type { ClipCheckpoint } from "./clip-checkpoint.ts";
import { loadClipWeights } from "./node/load-clip.ts";
import { encodeTexts } from "./text-encoder.ts";

const golden = join(import.meta.dirname, "../../test/golden");
const runtime = createNodeRuntime({ threads: 1 });
const tolerance = { rtol: 1e-5, atol: 0 };
const vit = await loadClipWeights(join(golden, "clip-vit.openai.safetensors"));

/** Prompts of a golden case, padded with zeros to 77 tokens. */
function paddedPromptsOf(name: string): number[][] {
  const { data, shape } = readGoldenTensor(name, "token_ids");
  const [count = 0, length = 0] = shape;
  return Array.from({ length: count }, (_, row) =>
    Array.from(data.subarray(row * length, (row + 1) * length), Number),
  );
}

/** Prompts of a golden case without their padding: end-of-text is the largest id. */
function promptsOf(name: string): number[][] {
  return paddedPromptsOf(name).map((ids) => ids.slice(0, ids.indexOf(Math.max(...ids)) + 1));
}

const prompts = promptsOf("encode-vit");
const [start = 0, end = 0] = [prompts[0]?.[0], prompts[0]?.at(-1)];
const expected = readGoldenTensor("encode-vit", "text_features");
const encode = (tokenIds: readonly (readonly number[])[], maxRows?: number) =>
  encodeTexts(runtime, vit, tokenIds, readFloat32, maxRows === undefined ? {} : { maxRows });

/** Checks features of some golden prompts. */
function check(data: Float32Array, rows: readonly number[]): void {
  const wanted = Float32Array.from(
    rows.flatMap((row) => [...expected.data.subarray(row * 64, (row + 1) * 64)].map(Number)),
  );
  const shape = [rows.length, 64];
  checkCloseToLargest({ shape, data }, { shape, data: wanted }, tolerance);
}

describe("encodeTexts", () => {
  test.each([
    ["encode-vit", "clip-vit.openai.safetensors"],
    ["encode-vit", "clip-vit.huggingface"],
    ["encode-vit", "clip-vit.torchscript.pt"],
    ["encode-vit", "clip-vit.huggingface-bin"],
    ["encode-rn", "clip-rn.openai.safetensors"],
  ])("gives the features of %s with %s", async (name, checkpoint) => {
    const clip: Pick<ClipCheckpoint, "config" | "weights"> = await loadClipWeights(join(golden, checkpoint));
    const data = await encodeTexts(runtime, clip, promptsOf(name), readFloat32);
    const features = readGoldenTensor(name, "text_features");
    checkCloseToLargest({ shape: features.shape, data }, features, tolerance);
  });

  test.each([
    ["encode-vit", "clip-vit.openai.safetensors"],
    ["encode-rn", "clip-rn.openai.safetensors"],
  ])(
    "reads the features of %s at the first end-of-text, whatever pads the prompts",
    async (name, checkpoint) => {
      const clip = await loadClipWeights(join(golden, checkpoint));
      const features = readGoldenTensor(name, "text_features");
      const withZeros = paddedPromptsOf(name);
      expect(withZeros.map((ids) => ids.length)).toEqual(Array(5).fill(77));
      const withEnds = promptsOf(name).map((ids) => [...ids, ...Array<number>(77 - ids.length).fill(end)]);
      for (const tokenIds of [withZeros, withEnds]) {
        const data = await encodeTexts(runtime, clip, tokenIds, readFloat32);
        checkCloseToLargest({ shape: features.shape, data }, features, tolerance);
      }
    },
  );

  test("reads the features at the end-of-text of a vocabulary where it is not the largest id", async () => {
    const encodeWith = (ids: number[], endOfText?: number) =>
      encodeTexts(runtime, vit, [ids], readFloat32, endOfText === undefined ? {} : { endOfText });
    const ids = [start, 3, end, 4];
    const found = await encodeWith([...ids, 0, end], 4);
    expect(found).toEqual(await encodeWith(ids, 4));
    expect(found).not.toEqual(await encodeWith(ids));
    expect(await encodeWith(ids)).toEqual(await encodeWith(ids.slice(0, 3)));
    await expect(encodeWith(ids, 5)).rejects.toThrow(
      "prompt 0: expected end-of-text after start-of-text, got none in 4 tokens.",
    );
  });

  test.each([1, 9, 20, 40])("gives the same in chunks of about %s tokens", async (maxRows) => {
    check(await encode(prompts, maxRows), [0, 1, 2, 3, 4]);
  });

  test("gives the same whatever prompts share: one alone, or the same twice", async () => {
    check(await encode([prompts[1] as number[]]), [1]);
    check(await encode([prompts[0], prompts[0], prompts[0]] as number[][]), [0, 0, 0]);
    check(await encode([prompts[0], prompts[0], prompts[0]] as number[][], 2), [0, 0, 0]);
    check(await encode([prompts[3], prompts[0]] as number[][]), [3, 0]);
  });

  test("splits prompts of equal length into chunks that do not come out even", async () => {
    const [first = []] = prompts;
    const others = [2, 3, 4, 5].map((id) => first.with(2, id));
    const apart = await Promise.all([first, ...others].map((ids) => encode([ids])));
    const data = await encode([first, ...others], 2 * first.length);
    const wanted = Float32Array.from(apart.flatMap((row) => [...row]));
    checkCloseToLargest({ shape: [5, 64], data }, { shape: [5, 64], data: wanted }, tolerance);
  });

  test("gives nothing for no prompts", async () => {
    expect(await encode([])).toEqual(new Float32Array(0));
  });

  test.each([
    [[start], "prompt 1: expected 2 to 77 tokens, start-of-text and end-of-text included, got 1."],
    [
      [start, ...Array<number>(76).fill(1), end],
      "prompt 1: expected 2 to 77 tokens, start-of-text and end-of-text included, got 78.",
    ],
    [[start, end + 1], `prompt 1: expected token ids under ${end + 1}, got ${end + 1}.`],
    [[start, 0, 0], "prompt 1: expected end-of-text after start-of-text, got none in 3 tokens."],
    [[1, end], `prompt 1: expected start-of-text first, ${start} as in prompt 0, got 1.`],
  ])("refuses unusable prompts (%#)", async (ids, message) => {
    await expect(encode([prompts[0] as number[], ids])).rejects.toThrow(message);
  });
});
