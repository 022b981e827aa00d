import { ModelFileError } from "../errors.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";

/** What an optimiser saves, by name; it may share the object with other parts of a run. */
export type SavedState = Readonly<Record<string, Tensor>>;

/** A vector as it is saved, float32 `[n]`, without copying it. */
export function vectorTensor(data: Float32Array): Tensor<"float32"> {
  return createTensor("float32", [data.length], data);
}

/** A number as it is saved, float64 `[1]`. */
export function numberTensor(value: number): Tensor<"float64"> {
  return createTensor("float64", [1], Float64Array.of(value));
}

/**
 * A saved vector, without copying it.
 *
 * @throws {ModelFileError} if there is none of that name, or it is not float32
 */
export function readVector(state: SavedState, name: string): Float32Array {
  const data = state[name]?.data;
  if (data instanceof Float32Array) return data;
  throw unusable(name, "a float32 vector", state[name]);
}

/**
 * A saved number.
 *
 * @throws {ModelFileError} if there is none of that name, or it is not one float64
 */
export function readNumber(state: SavedState, name: string): number {
  const data = state[name]?.data;
  if (data instanceof Float64Array && data.length === 1) return data[0] as number;
  throw unusable(name, "one float64 number", state[name]);
}

function unusable(name: string, expected: string, found: Tensor | undefined): ModelFileError {
  return new ModelFileError({
    where: `saved state "${name}"`,
    expected,
    got: found === undefined ? "nothing" : `${found.dtype} [${found.shape.join(", ")}]`,
    fix: "The checkpoint is damaged or of another version; delete it and start over.",
  });
}
