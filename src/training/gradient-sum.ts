import type { PromptMethod } from "../methods/method.ts";
import type { ClassChunk } from "../methods/plan-prompts.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { rowsOfChunk } from "./chunk-feeds.ts";
import { copyRows } from "./class-rows.ts";

/** Gradients of a method's parameters, put together from those of chunks. */
export class GradientSum {
  /** float32 by name, each of its parameter's length; zeros until something is added. */
  readonly gradients: Record<string, Float32Array>;
  readonly #method: PromptMethod;

  constructor(method: PromptMethod) {
    this.#method = method;
    this.gradients = Object.fromEntries(
      method.parameters.map(({ name, initial }) => [name, new Float32Array(initial.data.length)]),
    );
  }

  /**
   * Adds a graph's outputs `d <parameter>` to where their rows are.
   *
   * @param chunk whose classes the graph encoded; without one its gradients are those of shared parameters
   */
  add(result: Readonly<Record<string, Tensor>>, chunk?: ClassChunk): void {
    for (const { name } of this.#method.parameters) {
      const found = (result[`d ${name}`] as Tensor<"float32"> | undefined)?.data;
      if (found === undefined) continue;
      const into = this.gradients[name] as Float32Array;
      const to = chunk && rowsOfChunk(this.#method, name, chunk);
      if (to !== undefined) copyRows(found, into, { width: this.#method.embeddings.width, to });
      else for (let i = 0; i < into.length; i++) into[i] = into[i]! + found[i]!;
    }
  }
}
