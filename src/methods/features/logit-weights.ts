import type { Tensor } from "../../tensor/tensor.ts";
import type { Judged } from "./held-out.ts";

/** Logits of two sources, which are put together as `scale (base + alpha extra)`. */
export interface LogitParts {
  /** Zero-shot's, float64 `[N, C]`. */
  readonly base: Tensor<"float64">;
  /** What was learned from pictures, float64 `[N, C]`. */
  readonly extra: Tensor<"float64">;
}

/** How they are put together. */
export interface LogitWeights {
  /** Weight of what was learned; predictions depend on it. */
  readonly alpha: number;
  /** Factor of all logits: it moves no prediction, but makes probabilities fit. */
  readonly scale: number;
}

/** Weights of which some are set already. */
export type GivenWeights = { readonly [Key in keyof LogitWeights]?: number | undefined };

/** Where the search ends: a loss that falls by less, in nats. */
const PRECISION = 1e-7;
/** A separable problem would go on for ever, ever more certain. */
const MAX_STEPS = 40;
/** Weight of zero-shot below which what was learned decides alone, and of the latter where it has to. */
const SMALLEST_WEIGHT = 1e-4;

/** `scale (base + alpha extra)`, float64 `[N, C]`. */
export function weighLogits({ base, extra }: LogitParts, { alpha, scale }: LogitWeights): Tensor<"float64"> {
  return { ...base, data: base.data.map((logit, i) => scale * (logit + alpha * extra.data[i]!)) };
}

/**
 * The weights with the least log-loss on the judged pictures. It is convex in `scale` and `scale alpha`, so Newton's steps, cut
 * where a weight would be negative, find it without a grid.
 *
 * Scale is fitted although it moves no prediction: without it alpha would have to balance the sources and make probabilities
 * fit at once, and where zero-shot is confident and wrong it does neither.
 *
 * @param given what is set already; it stays as it is
 * @param hasWords whether base is more than zeros; without it scale says nothing that alpha does not, and is 1, and alpha is never
 * 0, which would leave nothing to decide by
 */
export function fitLogitWeights(
  parts: LogitParts,
  judged: Judged,
  { given, hasWords }: { readonly given: GivenWeights; readonly hasWords: boolean },
): LogitWeights {
  const { base, extra } = parts;
  const scale = given.scale ?? (hasWords ? undefined : 1);
  const { alpha } = given;
  if (alpha !== undefined && scale !== undefined) return { alpha, scale };
  if (alpha !== undefined) {
    const joined = weighLogits(parts, { alpha, scale: 1 }).data;
    const [found = 1] = minimizeLogLoss(undefined, [joined], judged, base.shape[1] ?? 0);
    return { alpha, scale: found };
  }
  const classCount = base.shape[1] ?? 0;
  if (scale !== undefined) {
    const scaled = base.data.map((logit) => scale * logit);
    const [found = 0] = minimizeLogLoss(scaled, [extra.data], judged, classCount);
    return { alpha: hasWords ? found / scale : Math.max(found / scale, SMALLEST_WEIGHT), scale };
  }
  const [ofBase = 1, ofExtra = 0] = minimizeLogLoss(undefined, [base.data, extra.data], judged, classCount);
  const floor = Math.max(ofBase, SMALLEST_WEIGHT);
  return { alpha: ofExtra / floor, scale: floor };
}

/** Loss, gradient and Hessian at one point. */
interface Expansion {
  readonly loss: number;
  readonly gradient: readonly number[];
  readonly hessian: readonly (readonly number[])[];
}

/** Non-negative weights of one or two matrices of logits, beside a fixed one. */
function minimizeLogLoss(
  offset: Float64Array | undefined,
  parts: readonly Float64Array[],
  judged: Judged,
  classCount: number,
): number[] {
  const expand = (weights: readonly number[]) =>
    expandLogLoss(offset, parts, weights, { ...judged, classCount });
  // From equal probabilities, where the loss is most curved.
  let weights = parts.map(() => 0);
  let here = expand(weights);
  for (let step = 0; step < MAX_STEPS; step++) {
    const direction = newtonDirection(here, weights);
    let length = 1;
    let next = { weights, here };
    while (length > 1e-6) {
      const moved = weights.map((weight, j) => Math.max(0, weight + length * direction[j]!));
      const there = expand(moved);
      if (there.loss < here.loss) {
        next = { weights: moved, here: there };
        break;
      }
      length /= 4;
    }
    const decrease = here.loss - next.here.loss;
    ({ weights, here } = next);
    if (decrease < PRECISION) break;
  }
  return weights;
}

/** Newton's step in the weights that may move: those at 0 that would become negative stay. */
function newtonDirection({ gradient, hessian }: Expansion, weights: readonly number[]): number[] {
  const isFree = weights.map((weight, j) => weight > 0 || gradient[j]! < 0);
  const curvature = (i: number, j: number) => hessian[i]?.[j] ?? 0;
  // Far below any curvature that matters: only keeps divisions finite.
  const tiny = 1e-12;
  if (weights.length === 2 && isFree[0] && isFree[1]) {
    const [a, b, d] = [curvature(0, 0) + tiny, curvature(0, 1), curvature(1, 1) + tiny];
    const determinant = Math.max(a * d - b * b, tiny * a * d);
    const [g, h] = [gradient[0]!, gradient[1]!];
    return [-(d * g - b * h) / determinant, -(a * h - b * g) / determinant];
  }
  return weights.map((_, j) => (isFree[j] ? -gradient[j]! / (curvature(j, j) + tiny) : 0));
}

function expandLogLoss(
  offset: Float64Array | undefined,
  parts: readonly Float64Array[],
  weights: readonly number[],
  { labels, pictures, classCount }: Judged & { readonly classCount: number },
): Expansion {
  const [first, second = first] = parts as [Float64Array, Float64Array?];
  const [w1 = 0, w2 = 0] = weights;
  const row = new Float64Array(classCount);
  let [loss, g1, g2, h11, h12, h22] = [0, 0, 0, 0, 0, 0];
  for (const picture of pictures) {
    const start = picture * classCount;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classCount; c++) {
      const logit =
        (offset === undefined ? 0 : offset[start + c]!) + w1 * first[start + c]! + w2 * second[start + c]!;
      row[c] = logit;
      if (logit > largest) largest = logit;
    }
    let [sum, m1, m2, m11, m12, m22] = [0, 0, 0, 0, 0, 0];
    for (let c = 0; c < classCount; c++) {
      const e = Math.exp(row[c]! - largest);
      const [x, y] = [first[start + c]!, second[start + c]!];
      sum += e;
      m1 += e * x;
      m2 += e * y;
      m11 += e * x * x;
      m12 += e * x * y;
      m22 += e * y * y;
    }
    const own = labels[picture]!;
    loss += Math.log(sum) + largest - row[own]!;
    g1 += m1 / sum - first[start + own]!;
    g2 += m2 / sum - second[start + own]!;
    h11 += m11 / sum - (m1 / sum) ** 2;
    h12 += m12 / sum - (m1 / sum) * (m2 / sum);
    h22 += m22 / sum - (m2 / sum) ** 2;
  }
  const n = Math.max(pictures.length, 1);
  return {
    loss: loss / n,
    gradient: [g1 / n, g2 / n],
    hessian: [
      [h11 / n, h12 / n],
      [h12 / n, h22 / n],
    ],
  };
}
