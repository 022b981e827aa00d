import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkClose, checkCloseToLargest } from "../../test/support/check-close.ts";
import {
  normalizedRow,
  type ReferenceLossInputs,
  type Rows,
  referenceCrossEntropy,
  referenceDistillation,
  referenceLosses,
  softmaxOf,
} from "../../test/support/hierarchical-loss-reference.ts";
import { runGraph } from "../../test/support/run-graph.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import { gradients } from "../autodiff/gradient.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import {
  crossEntropy,
  defaultLossWeights,
  distillation,
  featureLosses,
  tokenDistance,
} from "./hierarchical-loss.ts";

const runtime = createNodeRuntime({ threads: 1 });
const PARTS = ["ce", "cos", "kd"] as const;
const WIDTH = 5;

function tensorOf(rows: Rows): Tensor<"float32"> {
  return createTensor("float32", [rows.length, rows[0]?.length ?? 0], Float32Array.from(rows.flat()));
}

/** Rows of a random matrix, as float32 holds them. */
function drawRows(seed: number, count: number): number[][] {
  const { data } = seededTensor(seed)([count, WIDTH], 1);
  return Array.from({ length: count }, (_, row) => [...data.subarray(row * WIDTH, (row + 1) * WIDTH)]);
}

const float32Row = (row: readonly number[]) => normalizedRow(row).map(Math.fround);

function drawInputs(
  seed: number,
  { classes = 3, labels = [0, 2, 2, 1], logitScale = 20, temperature = 2 } = {},
): ReferenceLossInputs {
  return {
    imageFeatures: drawRows(seed, labels.length).map(float32Row),
    labels,
    textFeatures: drawRows(seed + 1, classes).map((row) => row.map((number) => Math.fround(3 * number))),
    originalTextFeatures: drawRows(seed + 2, classes).map(float32Row),
    logitScale,
    temperature,
  };
}

/** The parts in the engine, with their gradients for the text features. */
async function runParts(inputs: ReferenceLossInputs): Promise<Record<string, Tensor>> {
  const g = new GraphBuilder();
  const classes = inputs.textFeatures.length;
  const textFeatures = g.input("text_features", "float32", [classes, WIDTH]);
  const labels = g.constant(
    createTensor("int64", [inputs.labels.length], BigInt64Array.from(inputs.labels, BigInt)),
  );
  const parts = featureLosses(
    g,
    {
      imageFeatures: g.constant(tensorOf(inputs.imageFeatures)),
      targets: g.oneHot(labels, classes),
      textFeatures,
      originalTextFeatures: g.constant(tensorOf(inputs.originalTextFeatures)),
      logitScale: inputs.logitScale,
    },
    inputs.temperature,
  );
  for (const part of PARTS) {
    g.output(part, parts[part]);
    g.output(`d ${part}`, gradients(g, parts[part], [textFeatures])[0] as Value);
  }
  return runGraph(runtime, g, { text_features: tensorOf(inputs.textFeatures) });
}

/** Gradients of the reference's parts for the text features, by central differences in float64. */
function referenceGradients(inputs: ReferenceLossInputs): Record<"ce" | "cos" | "kd", number[]> {
  const step = 1e-5;
  const found: Record<"ce" | "cos" | "kd", number[]> = { ce: [], cos: [], kd: [] };
  inputs.textFeatures.forEach((row, c) => {
    row.forEach((number, i) => {
      const at = (value: number) =>
        referenceLosses({ ...inputs, textFeatures: inputs.textFeatures.with(c, row.with(i, value)) });
      const [above, below] = [at(number + step), at(number - step)];
      for (const part of PARTS) found[part].push((above[part] - below[part]) / (2 * step));
    });
  });
  return found;
}

async function checkAgainstReference(inputs: ReferenceLossInputs): Promise<void> {
  const found = await runParts(inputs);
  const expected = referenceLosses(inputs);
  const slopes = referenceGradients(inputs);
  for (const part of PARTS) {
    checkClose(found[part] as Tensor, { shape: [], data: [expected[part]] }, FLOAT32_CHAIN, part);
    const shape = [inputs.textFeatures.length, WIDTH];
    checkCloseToLargest(
      found[`d ${part}`] as Tensor,
      { shape, data: slopes[part] },
      FLOAT32_CHAIN,
      `d ${part}`,
    );
  }
}

describe("CE, COS and KD, and their gradients, equal the formulas in float64", () => {
  test.each([
    ["a class that occurs twice", {}],
    ["a class that does not occur", { labels: [0, 0, 1] }],
    ["one picture", { labels: [1] }],
    ["one class", { classes: 1, labels: [0, 0] }],
    ["another temperature", { temperature: 0.7 }],
    ["CLIP's logits of up to 100", { logitScale: 100 }],
  ])("with %s", async (_, options) => {
    await checkAgainstReference(drawInputs(3, options));
  });

  test("with any features and labels", async () => {
    const labels = fc.array(fc.nat(3), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(10_000),
        labels,
        fc.integer({ min: 4, max: 6 }),
        async (seed, list, classes) => {
          await checkAgainstReference(drawInputs(seed, { labels: list, classes }));
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("COS", () => {
  test("counts a class as often as it occurs in the batch", async () => {
    const labels = [2, 2, 2, 0];
    const inputs = drawInputs(5, { labels });
    const alone = await Promise.all(
      [0, 2].map(async (c) => Number((await runParts({ ...inputs, labels: [c, c, c, c] })).cos?.data[0])),
    );
    const [ofZero, ofTwo] = alone as [number, number];
    expect(Number((await runParts(inputs)).cos?.data[0])).toBeCloseTo((3 * ofTwo + ofZero) / 4, 5);
  });

  test("does not depend on the length of the text features, and is 0 at the original ones", async () => {
    const inputs = drawInputs(5);
    const longer = { ...inputs, textFeatures: inputs.textFeatures.map((row) => row.map((x) => 8 * x)) };
    expect((await runParts(longer)).cos?.data).toEqual((await runParts(inputs)).cos?.data);
    const same = await runParts({ ...inputs, textFeatures: inputs.originalTextFeatures });
    expect(Math.abs(Number(same.cos?.data[0]))).toBeLessThan(1e-6);
  });
});

describe("KD", () => {
  test("at the original logits is T^2 times the entropy of their distribution", async () => {
    const inputs = drawInputs(6);
    const same = { ...inputs, textFeatures: inputs.originalTextFeatures };
    const entropies = inputs.imageFeatures.map((image) => {
      const logits = inputs.originalTextFeatures.map((text) =>
        text.reduce(
          (total, x, i) => total + (inputs.logitScale * x * (image[i] ?? 0)) / inputs.temperature,
          0,
        ),
      );
      return -softmaxOf(logits).reduce((total, p) => total + p * Math.log(p), 0);
    });
    const expected = (4 * entropies.reduce((total, entropy) => total + entropy, 0)) / entropies.length;
    expect(Number((await runParts(same)).kd?.data[0])).toBeCloseTo(expected, 4);
  });

  test("weighs by the learned distribution, not by the original one", async () => {
    const [learned, original] = [[[2, -1, 0.5]], [[0, 1, 3]]];
    const g = new GraphBuilder();
    const kd = distillation(g, {
      learned: g.constant(tensorOf(learned)),
      original: g.constant(tensorOf(original)),
      temperature: 2,
    });
    g.output("kd", kd);
    const found = Number((await runGraph(runtime, g)).kd?.data[0]);
    expect(found).toBeCloseTo(referenceDistillation(learned, original, 2), 5);
    expect(found).not.toBeCloseTo(referenceDistillation(original, learned, 2), 1);
  });
});

test("CE stays finite where a probability is too small for float32", async () => {
  const logits = [
    [0, 500],
    [-300, 300],
  ];
  const g = new GraphBuilder();
  const targets = g.oneHot(g.literal("int64", [2], BigInt64Array.of(0n, 0n)), 2);
  g.output("ce", crossEntropy(g, g.constant(tensorOf(logits)), targets));
  const found = Number((await runGraph(runtime, g)).ce?.data[0]);
  expect(found).toBe(550);
  expect(found).toBe(referenceCrossEntropy(logits, [0, 0]));
});

test("WC is the squared distance of the tokens, summed over everything, with its gradient", () => {
  const original = Float32Array.of(0, 1, 2, 3, 4, 5);
  const { loss, gradient } = tokenDistance(Float32Array.of(1, 1, 0, 3, 4.5, 2), original);
  expect(loss).toBe(1 + 4 + 0.25 + 9);
  expect(gradient).toEqual(Float32Array.of(2, 0, -4, 0, 1, -6));
});

test("the published weights are the paper's: l1 = 1/K", () => {
  expect(defaultLossWeights(4)).toEqual({ parameters: 0.25, features: 1, logits: 0.05, temperature: 2 });
});
