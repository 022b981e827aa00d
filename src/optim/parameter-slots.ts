import { ShapeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { readVector, type SavedState, vectorTensor } from "./saved-state.ts";

/** One float32 vector for each parameter that an optimiser has seen, such as its velocity. */
export interface ParameterSlots {
  /** Whether the parameter has been seen. */
  has(name: string): boolean;
  /**
   * The vector of a parameter, to be changed in place; zeros at first.
   *
   * @throws {ShapeError} if it has another length
   */
  of(name: string, length: number): Float32Array;
  /** Copies of all vectors, under the slots' prefix. */
  state(): Record<string, Tensor>;
  /** Takes copies of the vectors under the slots' prefix, and forgets all others. */
  restore(state: SavedState): void;
}

/**
 * Makes empty slots.
 *
 * @param prefix of their names in a saved state, such as `velocity.`
 */
export function createParameterSlots(prefix: string): ParameterSlots {
  const vectors = new Map<string, Float32Array>();
  return {
    has: (name) => vectors.has(name),
    of(name, length) {
      const vector = vectors.get(name) ?? new Float32Array(length);
      if (vector.length !== length) {
        throw new ShapeError({
          where: `optimiser state "${prefix}${name}"`,
          expected: `${length} numbers, as the parameter has`,
          got: `${vector.length}`,
          fix: "The state belongs to another run.",
        });
      }
      vectors.set(name, vector);
      return vector;
    },
    state: () =>
      Object.fromEntries([...vectors].map(([name, vector]) => [prefix + name, vectorTensor(vector.slice())])),
    restore(state) {
      vectors.clear();
      for (const key of Object.keys(state)) {
        if (key.startsWith(prefix)) vectors.set(key.slice(prefix.length), readVector(state, key).slice());
      }
    },
  };
}
