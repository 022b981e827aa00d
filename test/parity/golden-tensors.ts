import { parseSafetensors } from "../../src/clip/checkpoint/safetensors.ts";
import { DataError } from "../../src/errors.ts";
import { withFileSource } from "../../src/tensor/node/file-source.ts";
import { readFloat32, readTensor } from "../../src/tensor/node/read-tensor.ts";
import { formatShape, type Shape } from "../../src/tensor/shape.ts";
import { createTensor, type StoredTensor, type Tensor } from "../../src/tensor/tensor.ts";

/** Integers of a golden file, with their shape. */
export interface IntegerTensor {
  readonly shape: Shape;
  readonly data: readonly number[];
}

/** Tensors of one golden `.safetensors` file. */
export interface GoldenTensors {
  /** Names of all tensors, in the file's order. */
  readonly names: readonly string[];
  has(name: string): boolean;
  /**
   * @param shape extents that the tensor must have; `undefined` stands for any
   * @throws {DataError} if there is no such tensor, or its rank or an extent differs
   */
  float32(name: string, shape?: readonly (number | undefined)[]): Tensor<"float32">;
  /** As {@link GoldenTensors.float32}, for int64. */
  integers(name: string, shape?: readonly (number | undefined)[]): IntegerTensor;
}

/**
 * Opens a golden file.
 *
 * @throws {StorageError} if it is missing
 * @throws {ModelFileError} if it is damaged
 */
export function openGoldenTensors(path: string): GoldenTensors {
  const { tensors } = withFileSource(path, parseSafetensors);
  const find = (name: string, shape?: readonly (number | undefined)[]): StoredTensor => {
    const stored = tensors.get(name);
    const fits =
      stored !== undefined &&
      (shape === undefined ||
        (shape.length === stored.shape.length &&
          shape.every((extent, axis) => extent === undefined || extent === stored.shape[axis])));
    if (fits) return stored;
    throw new DataError({
      where: `${path}, tensor "${name}"`,
      expected: shape === undefined ? "a tensor" : formatPattern(shape),
      got: stored === undefined ? "no such tensor" : formatShape(stored.shape),
    });
  };
  return {
    names: [...tensors.keys()],
    has: (name) => tensors.has(name),
    float32: (name, shape) => {
      const stored = find(name, shape);
      return createTensor("float32", stored.shape, readFloat32(stored));
    },
    integers: (name, shape) => {
      const tensor = readTensor(find(name, shape));
      return { shape: tensor.shape, data: Array.from(tensor.data, Number) };
    },
  };
}

function formatPattern(shape: readonly (number | undefined)[]): string {
  return `[${shape.map((extent) => extent ?? "any").join(", ")}]`;
}
