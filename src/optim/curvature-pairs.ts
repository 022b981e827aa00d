import type { Tensor } from "../tensor/tensor.ts";
import { readVector, type SavedState, vectorTensor } from "./saved-state.ts";
import { addScaled, dot, norm } from "./vectors.ts";

/**
 * Cosine between a step and the change of the gradient along it, below which the pair would spoil the inverse Hessian: float32
 * gradients of nearby points differ by rounding alone, in any direction.
 */
const LEAST_COSINE = 1e-8;

/** The last steps of a minimisation with the gradient's changes along them, which stand for the function's curvature. */
export interface CurvaturePairs {
  readonly count: number;
  /**
   * Minus the inverse Hessian, as far as the pairs know it, times the gradient: the two-loop recursion. Without pairs, minus
   * the gradient.
   */
  direction(gradient: Float32Array): Float64Array;
  /**
   * Adds a pair and drops the oldest where there are too many.
   *
   * @param s change of the point
   * @param y change of the gradient
   * @returns whether it was added: not where the function does not curve upwards along it
   */
  add(s: Float32Array, y: Float32Array): boolean;
  clear(): void;
  /** The pairs by name, without copying them. */
  state(): Record<string, Tensor>;
  /** @throws {ModelFileError} if the state has no usable pairs */
  restore(state: SavedState): void;
}

interface Pair {
  readonly s: Float32Array;
  readonly y: Float32Array;
}

/**
 * Starts without pairs.
 *
 * @param limit most pairs that are kept
 * @see Nocedal & Wright 2006, algorithm 7.4
 */
export function createCurvaturePairs(limit: number): CurvaturePairs {
  let pairs: readonly Pair[] = [];
  return {
    get count() {
      return pairs.length;
    },
    direction: (gradient) => twoLoopRecursion(pairs, gradient),
    add(s, y) {
      const curves = dot(s, y) > LEAST_COSINE * norm(s) * norm(y);
      if (curves) pairs = [...pairs, { s, y }].slice(-limit);
      return curves;
    },
    clear() {
      pairs = [];
    },
    state: () =>
      Object.fromEntries(
        pairs.flatMap(({ s, y }, index) => [
          [`lbfgs.s.${index}`, vectorTensor(s)],
          [`lbfgs.y.${index}`, vectorTensor(y)],
        ]),
      ),
    restore(state) {
      const restored: Pair[] = [];
      while (state[`lbfgs.s.${restored.length}`] !== undefined) {
        const index = restored.length;
        restored.push({
          s: readVector(state, `lbfgs.s.${index}`),
          y: readVector(state, `lbfgs.y.${index}`),
        });
      }
      pairs = restored;
    },
  };
}

function twoLoopRecursion(pairs: readonly Pair[], gradient: Float32Array): Float64Array {
  // Not `Float64Array.from` with a function: it goes through the iterator, which takes longer than all else here.
  const q = new Float64Array(gradient);
  for (let i = 0; i < q.length; i++) q[i] = -q[i]!;
  const factors: number[] = [];
  for (const { s, y } of [...pairs].reverse()) {
    const factor = dot(s, q) / dot(s, y);
    factors.unshift(factor);
    addScaled(q, y, -factor);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = dot(last.s, last.y) / dot(last.y, last.y);
    for (let i = 0; i < q.length; i++) q[i] = q[i]! * scale;
  }
  pairs.forEach(({ s, y }, index) => {
    addScaled(q, s, (factors[index] ?? 0) - dot(y, q) / dot(s, y));
  });
  return q;
}
