import type { PromptMethod } from "../methods/method.ts";
import type { ClassChunk, PromptPlan } from "../methods/plan-prompts.ts";
import { createTensor, type Tensor, zeros } from "../tensor/tensor.ts";
import { copyRows } from "./class-rows.ts";
import type { Parameters } from "./parameters.ts";
import { originalInputName, type PromptGraphContext } from "./prompt-graphs.ts";

/** Rows of a parameter that a chunk reads, in the chunk's order; `undefined` where all classes share them. */
export function rowsOfChunk(
  { parameters }: PromptMethod,
  name: string,
  chunk: ClassChunk,
): readonly number[] | undefined {
  const { rowsOfClass } = parameters.find((parameter) => parameter.name === name) ?? {};
  return rowsOfClass && chunk.classes.flatMap((c) => rowsOfClass[c] ?? []);
}

/** What the graphs of a prompt objective are fed; what does not change between steps is made once. */
export class ChunkFeeds {
  readonly #method: PromptMethod;
  readonly #plan: PromptPlan;
  readonly #movesOriginals: boolean;
  readonly #fixed = new Map<string, Record<string, Tensor>>();

  constructor({ method, plan, originals }: Pick<PromptGraphContext, "method" | "plan" | "originals">) {
    this.#method = method;
    this.#plan = plan;
    this.#movesOriginals = originals === "moving";
  }

  /**
   * Everything that a chunk's prompts are made of.
   *
   * @param pictures G, where the prompts depend on the picture
   */
  ofChunk(chunk: ClassChunk, parameters: Parameters, pictures = 1): Record<string, Tensor> {
    const copies = pictures * (this.#movesOriginals ? 2 : 1);
    const key = `${this.#plan.chunks.indexOf(chunk)} ${copies}`;
    const fixed = this.#fixed.get(key) ?? {
      ...this.#plan.feeds(chunk, copies),
      ...this.#originalRows(chunk),
    };
    this.#fixed.set(key, fixed);
    return { ...fixed, ...this.ofParameters(parameters, chunk) };
  }

  /** Parameters as graphs take them: a chunk's rows of those that belong to classes, or none of these without a chunk. */
  ofParameters(parameters: Parameters, chunk?: ClassChunk): Record<string, Tensor> {
    const entries = this.#method.parameters.flatMap(({ name, initial, rowsOfClass }) => {
      const values = parameters[name] ?? initial.data;
      if (rowsOfClass === undefined) return [[name, createTensor("float32", initial.shape, values)] as const];
      return chunk === undefined ? [] : [[name, this.#chunkRows(name, values, chunk)] as const];
    });
    return Object.fromEntries(entries);
  }

  #chunkRows(name: string, values: Float32Array, chunk: ClassChunk): Tensor<"float32"> {
    const { width } = this.#method.embeddings;
    const tensor = zeros([this.#plan.parameterRows[name] ?? 0, width]);
    copyRows(values, tensor.data, { width, from: rowsOfChunk(this.#method, name, chunk) ?? [] });
    return tensor;
  }

  /** The rows to which the original prompts put parameters back, where they are encoded at every step. */
  #originalRows(chunk: ClassChunk): Record<string, Tensor> {
    const { original } = this.#method;
    if (!this.#movesOriginals || !("values" in original)) return {};
    const entries = Object.entries(original.values).map(([name, tensor]) => {
      const isOfClasses = this.#plan.parameterRows[name] !== undefined;
      return [
        originalInputName(name),
        isOfClasses ? this.#chunkRows(name, tensor.data, chunk) : tensor,
      ] as const;
    });
    return Object.fromEntries(entries);
  }
}
