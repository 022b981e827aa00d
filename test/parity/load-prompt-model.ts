import { loadClipWeights } from "../../src/clip/node/load-clip.ts";
import { createPromptEmbeddings } from "../../src/clip/prompt-embeddings.ts";
import type { TextTower } from "../../src/clip/text-tower.ts";
import { lamm } from "../../src/methods/lamm.ts";
import type { PromptMethod, PromptMethodDefinition } from "../../src/methods/method.ts";
import type { PromptSet } from "../../src/methods/prompts.ts";
import { readFloat32 } from "../../src/tensor/node/read-tensor.ts";
import { createRandom } from "../../src/tensor/random.ts";
import type { PromptObjectiveOptions } from "../../src/training/prompt-objective.ts";
import type { CaseContext } from "./case-kind.ts";

/** A prompt method on the checkpoint of a case. */
export interface PromptModel {
  readonly clip: NonNullable<PromptObjectiveOptions["clip"]>;
  readonly tower: TextTower;
  readonly method: PromptMethod;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
}

/** Name of LAMM's parameter. */
export const TOKENS = "token_classes";

/**
 * Loads the first form of the checkpoint that a case belongs to, and sets a method up on it.
 *
 * @param options the method's own; where training starts is the case's
 */
export async function loadPromptModel(
  { golden, name }: CaseContext,
  prompts: PromptSet,
  { definition, options }: { definition: PromptMethodDefinition; options: Record<string, unknown> },
): Promise<PromptModel> {
  const [checkpoint] = golden.checkpointsOf(name);
  const clip = await loadClipWeights(checkpoint?.path ?? "");
  const { config, weights } = clip;
  const embeddings = createPromptEmbeddings(weights.text, readFloat32);
  const problem = { config, prompts, embeddings, random: createRandom(0) };
  return {
    clip,
    tower: { config: config.text, weights: weights.text },
    method: definition.create(problem, definition.options.parse(options)),
    logitScale: Math.exp(weights.logitScale),
  };
}

/** LAMM on the checkpoint of a case, with so many learned tokens of each class. */
export async function loadLamm(
  context: CaseContext,
  prompts: PromptSet,
  tokens: number,
): Promise<PromptModel> {
  return loadPromptModel(context, prompts, { definition: lamm, options: { tokens } });
}

/** The tokens from which LAMM's start, or to which its loss holds them. */
export function originalTokens({ method }: PromptModel): Float32Array | undefined {
  return method.parameters.find(({ name }) => name === TOKENS)?.anchor?.data;
}
