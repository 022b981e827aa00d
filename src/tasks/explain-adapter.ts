import type { Method } from "../methods/method.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { type Adapter, checkAdapterFits } from "../training/adapter.ts";
import { type AdapterExplanation, explainPrompts } from "../training/explain-prompts.ts";
import type { OpenModel } from "./open-model.ts";

/** How an adapter is explained. */
export interface ExplainAdapterOptions {
  /** Nearest tokens of each vector, from 1; 5 if not given. */
  readonly top?: number;
  /** Of the adapter's file, as errors show it. */
  readonly name?: string;
  /** Methods to find the adapter's among; all that come with the library if not given. */
  readonly methods?: readonly Method[];
}

/**
 * What an adapter's prompts have learned, in words: for each learned vector the tokens of the vocabulary that are nearest, with their
 * distances. Learned vectors are far from every word, so this is no translation.
 *
 * @throws {ModelFileError} if the adapter belongs to another model
 * @throws {ConfigError} if it has no vectors among the words
 * @example const { classes } = explainAdapter(model, readAdapter("pets.safetensors"));
 */
export function explainAdapter(
  { clip, baseModel }: Pick<OpenModel, "clip" | "baseModel">,
  adapter: Adapter,
  { name = "adapter", ...options }: ExplainAdapterOptions = {},
): AdapterExplanation {
  checkAdapterFits(name, adapter, baseModel);
  return explainPrompts(adapter, { clip, readFloat32, ...options });
}
