import { pullBack } from "../../src/autodiff/gradient.ts";
import { normalizeRows } from "../../src/clip/layers.ts";
import { encodeText } from "../../src/clip/text-tower.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Value } from "../../src/graph/node.ts";
import { serializeGraph } from "../../src/graph/serialize.ts";
import { type ClassChunk, planPrompts } from "../../src/methods/plan-prompts.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { createTensor, type Tensor } from "../../src/tensor/tensor.ts";
import { originalTokens, type PromptModel, TOKENS } from "./load-prompt-model.ts";

/** A direction of which less than this is new after the others are taken out is rounding, not a direction. */
const INDEPENDENT = 1e-5;

/** What {@link shareOutsideFeatures} judges. */
export interface GradientOrigin {
  readonly runtime: Runtime;
  readonly model: PromptModel;
  /** Tokens at which the gradient was taken, float32 `[C, L, W]`. */
  readonly start: Tensor<"float32">;
  /** Normalised image features of the batch, float32 `[B, D]`. */
  readonly features: Tensor<"float32">;
  /** Gradient of the loss for the tokens, `[C, L, W]`. */
  readonly gradient: Float32Array;
}

/**
 * How much of a gradient for LAMM's tokens cannot come from a batch of image features, whatever the loss of their cosines
 * with the text features is: the length of what lies outside the span of the cosines' own gradients, class by class, as a
 * share of the whole length. The hierarchical loss's pulls towards the original tokens and their features are allowed as well.
 *
 * @returns from 0 to 1; about 1e-5 where nothing but rounding lies outside
 */
export async function shareOutsideFeatures(origin: GradientOrigin): Promise<number> {
  const { start, gradient, model } = origin;
  const directions = [...(await cosineGradients(origin)), pullToOriginal(model, start)];
  const [classes = 0] = start.shape;
  const size = gradient.length / classes;
  let outside = 0;
  let total = 0;
  for (let c = 0; c < classes; c++) {
    const share = (values: Float32Array) => Float64Array.from(values.subarray(c * size, (c + 1) * size));
    const wanted = share(gradient);
    total += dot(wanted, wanted);
    const rest = removeSpan(wanted, directions.map(share));
    outside += dot(rest, rest);
  }
  return total === 0 ? 0 : Math.sqrt(outside / total);
}

function pullToOriginal(model: PromptModel, start: Tensor<"float32">): Float32Array {
  const original = originalTokens(model);
  return start.data.map((value, index) => value - (original?.[index] ?? value));
}

/** Gradient of each class's cosine with each image feature, and with the original text feature, for the class's tokens. */
async function cosineGradients({ runtime, model, start, features }: GradientOrigin): Promise<Float32Array[]> {
  const { tower, method } = model;
  const { classCount } = method;
  const plan = planPrompts(method, method.prompts, Number.POSITIVE_INFINITY);
  const feeds = plan.feeds(plan.chunks[0] as ClassChunk, 1);
  const g = new GraphBuilder();
  const shape = [plan.parameterRows[TOKENS] ?? 0, tower.config.width];
  const tokens = g.input(TOKENS, "float32", shape);
  const text = normalizeRows(g, encodeText(g, tower, plan.build(g, [{ [TOKENS]: tokens }])));
  const upstream = g.input("upstream", "float32", text.shape);
  g.output("text", text);
  g.output("d tokens", pullBack(g, [{ value: text, gradient: upstream }], [tokens])[0] as Value);
  const session = await runtime.load(serializeGraph(g));
  const run = async (at: Float32Array, direction: Float32Array) =>
    session.run({
      ...feeds,
      [TOKENS]: createTensor("float32", shape, at),
      upstream: createTensor("float32", text.shape, direction),
    });
  try {
    const [count = 0, width = 0] = features.shape;
    const nothing = new Float32Array(classCount * width);
    const { text: original } = await run(originalTokens(model) ?? start.data, nothing);
    const upstreams = Array.from({ length: count }, (_, i) =>
      repeat(features.data.subarray(i * width, (i + 1) * width), classCount),
    );
    const found: Float32Array[] = [];
    for (const direction of [...upstreams, original?.data as Float32Array]) {
      found.push((await run(start.data, direction))["d tokens"]?.data as Float32Array);
    }
    return found;
  } finally {
    await session.release();
  }
}

function repeat(row: Float32Array, times: number): Float32Array {
  const rows = new Float32Array(row.length * times);
  for (let i = 0; i < times; i++) rows.set(row, i * row.length);
  return rows;
}

/** What is left of a vector without its projection on the span of others: Gram-Schmidt, each twice against rounding. */
function removeSpan(vector: Float64Array, directions: readonly Float64Array[]): Float64Array {
  const basis: Float64Array[] = [];
  for (const direction of directions) {
    const length = Math.sqrt(dot(direction, direction));
    const rest = removeBasis(removeBasis(direction, basis), basis);
    const left = Math.sqrt(dot(rest, rest));
    if (left > INDEPENDENT * length) basis.push(rest.map((value) => value / left));
  }
  return removeBasis(removeBasis(vector, basis), basis);
}

function removeBasis(vector: Float64Array, basis: readonly Float64Array[]): Float64Array {
  let rest = vector;
  for (const direction of basis) {
    const along = dot(rest, direction);
    rest = rest.map((value, index) => value - along * (direction[index] ?? 0));
  }
  return rest;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
