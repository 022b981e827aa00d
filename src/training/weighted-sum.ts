import { createTensor, type Tensor } from "../tensor/tensor.ts";

/** Sum of the outputs of runs of a graph, each run with a weight: a mean over all pictures from the means of blocks of them. */
export class WeightedSum {
  readonly #sums = new Map<
    string,
    { readonly shape: readonly number[]; readonly data: Float32Array | Float64Array }
  >();

  /**
   * Adds a run's outputs.
   *
   * @param outputs float32, of the same names and shapes in each run; their memory is not kept
   */
  add(outputs: Readonly<Record<string, Tensor>>, weight: number): void {
    for (const [name, { shape, data }] of Object.entries(outputs)) {
      const values = data as Float32Array;
      // Losses are single numbers, which cost nothing to add up in float64; gradients would take twice the memory.
      const empty = () => (values.length === 1 ? new Float64Array(1) : new Float32Array(values.length));
      const sum = this.#sums.get(name) ?? { shape, data: empty() };
      this.#sums.set(name, sum);
      for (let i = 0; i < values.length; i++) sum.data[i] = sum.data[i]! + weight * values[i]!;
    }
  }

  /** The sums so far, float32 by name. */
  get outputs(): Record<string, Tensor<"float32">> {
    const entries = [...this.#sums].map(([name, { shape, data }]) => {
      const values = data instanceof Float32Array ? data : Float32Array.from(data);
      return [name, createTensor("float32", shape, values)] as const;
    });
    return Object.fromEntries(entries);
  }
}
