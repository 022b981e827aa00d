import { afterAll, describe, expect, test } from "vitest";
import { checkGradient, dotOf, lengthOf, slopeOf, unitOf } from "../../test/support/check-gradient.ts";
import { referenceDistillation } from "../../test/support/hierarchical-loss-reference.ts";
import { movedParameters, SMALL_LOGIT_SCALE, smallFeatures } from "../../test/support/small-lamm.ts";
import { smallMethod, smallMethodObjective } from "../../test/support/small-prompt-method.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { takeWhole } from "./feature-set.ts";
import type { Parameters } from "./parameters.ts";

const runtime = createNodeRuntime({ threads: 1 });
const small = smallMethod({ method: "coop+lamm" });
const objectiveWith = (weights: { features?: number; logits?: number }) =>
  smallMethodObjective(runtime, small, {
    lossWeights: { parameters: 0, features: 0, logits: 0, temperature: 2, ...weights },
  });
const objectives = {
  alone: objectiveWith({}),
  cos: objectiveWith({ features: 1 }),
  kd: objectiveWith({ logits: 1 }),
};
afterAll(async () => {
  for (const objective of Object.values(objectives)) await objective.release();
});

const pictures = smallFeatures();
const batch = takeWhole(pictures);
const parameters = movedParameters(objectives.alone);
const anchor = small.method.parameters.find(({ name }) => name === "token_classes")?.anchor;

const rowsOf = ({ data, shape }: Tensor<"float32">) =>
  Array.from({ length: data.length / (shape.at(-1) ?? 1) }, (_, row) => {
    const width = shape.at(-1) ?? 1;
    return [...data.subarray(row * width, (row + 1) * width)];
  });
const encode = async (at: Parameters) => rowsOf(await objectives.alone.encode(at));
/** The current context with the names' own tokens: what the loss calls the original prompts. */
const encodeOriginal = (at: Parameters) => encode({ ...at, token_classes: anchor?.data as Float32Array });
const dotRows = (a: readonly number[] = [], b: readonly number[] = []) =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

async function cosAt(at: Parameters, original: number[][]): Promise<number> {
  const learned = await encode(at);
  const distances = pictures.labels.map((label) => 1 - dotRows(learned[label], original[label]));
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

async function kdAt(at: Parameters, original: number[][]): Promise<number> {
  const logits = (features: number[][]) =>
    rowsOf(batch.features).map((image) => features.map((text) => SMALL_LOGIT_SCALE * dotRows(image, text)));
  return referenceDistillation(logits(await encode(at)), logits(original), 2);
}

/** The gradient of one part: with it, less without it. */
async function gradientOf(part: "cos" | "kd"): Promise<Parameters> {
  const { gradients: all } = await objectives[part].evaluate(parameters, batch);
  const { gradients: ce } = await objectives.alone.evaluate(parameters, batch);
  const entries = Object.entries(all).map(([name, data]) => [
    name,
    data.map((value, i) => value - (ce[name]?.[i] ?? 0)),
  ]);
  return Object.fromEntries(entries);
}

describe("original prompts that move with the context", () => {
  test("are the current context with the names' own tokens", async () => {
    const original = await encodeOriginal(parameters);
    const { parts } = await objectives.cos.evaluate(parameters, batch);
    expect(parts.cos).toBeCloseTo(await cosAt(parameters, original), 5);
    const { parts: others } = await objectives.kd.evaluate(parameters, batch);
    expect(others.kd).toBeCloseTo(await kdAt(parameters, original), 4);
    expect(parts.kd).toBe(others.kd);
  });

  test("are constant to COS: its gradient is that with them held where they are", async () => {
    const gradients = await gradientOf("cos");
    const held = await encodeOriginal(parameters);
    await checkGradient({ gradients, parameters }, (at) => cosAt(at, held));
  });

  test("are not constant to KD: its gradient flows through them to the context", async () => {
    const gradients = await gradientOf("kd");
    await checkGradient({ gradients, parameters }, async (at) => kdAt(at, await encodeOriginal(at)));
  });

  test.each(["cos", "kd"] as const)("make that difference to the context's gradient of %s", async (part) => {
    const gradients = await gradientOf(part);
    const direction = unitOf({ ctx: gradients.ctx as Float32Array });
    const held = await encodeOriginal(parameters);
    const other = {
      cos: async (at: Parameters) => cosAt(at, await encodeOriginal(at)),
      kd: (at: Parameters) => kdAt(at, held),
    };
    const slope = await slopeOf(other[part], parameters, direction);
    const difference = Math.abs(slope - dotOf(gradients, direction));
    expect(difference / lengthOf(gradients)).toBeGreaterThan(0.05);
  });

  test("have no features of their own to keep", async () => {
    expect(await objectives.cos.originalFeatures()).toBeUndefined();
  });
});
