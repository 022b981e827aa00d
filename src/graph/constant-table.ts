import { createTensor, type StoredTensor } from "../tensor/tensor.ts";
import type { Value } from "./node.ts";

/** The values of a graph's stored tensors: each tensor and each number once, so that weights are stored once. */
export class ConstantTable {
  readonly #values = new Map<StoredTensor, Value>();
  readonly #scalars = { float32: new Map<number, Value>(), float64: new Map<number, Value>() };

  /** Whether the tensor has a value already. */
  has(tensor: StoredTensor): boolean {
    return this.#values.has(tensor);
  }

  /** The tensor's value: a new constant where it has none. */
  valueOf(tensor: StoredTensor): Value {
    let value = this.#values.get(tensor);
    if (value === undefined) {
      const { dtype, shape } = tensor;
      value = { name: `constant_${this.#values.size}`, dtype, shape, constant: tensor };
      this.#values.set(tensor, value);
    }
    return value;
  }

  /** The value of a number, `[]`. */
  scalarOf(number: number, dtype: "float32" | "float64"): Value {
    let value = this.#scalars[dtype].get(number);
    if (value === undefined) {
      const data = dtype === "float32" ? Float32Array.of(number) : Float64Array.of(number);
      value = this.valueOf(createTensor(dtype, [], data));
      this.#scalars[dtype].set(number, value);
    }
    return value;
  }

  /** Makes `value` stand for a tensor that has none yet. */
  assign(tensor: StoredTensor, value: Value): void {
    this.#values.set(tensor, value);
  }
}
