import { loadClipWeights } from "../../src/clip/node/load-clip.ts";
import { createPromptEmbeddings } from "../../src/clip/prompt-embeddings.ts";
import type { TextTower } from "../../src/clip/text-tower.ts";
import { createLamm } from "../../src/methods/lamm.ts";
import type { PromptMethod } from "../../src/methods/method.ts";
import type { PromptSet } from "../../src/methods/prompts.ts";
import { readFloat32 } from "../../src/tensor/node/read-tensor.ts";
import type { CaseContext } from "./case-kind.ts";

/** LAMM on the checkpoint of a case. */
export interface LammModel {
  readonly tower: TextTower;
  readonly method: PromptMethod;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
}

/** Name of LAMM's parameter. */
export const TOKENS = "token_classes";

/**
 * Loads the first form of the checkpoint that a case belongs to, and sets LAMM up on it.
 *
 * @param learnableTokens L, the learned tokens of each class
 */
export async function loadLamm(
  { golden, name }: CaseContext,
  prompts: PromptSet,
  learnableTokens: number,
): Promise<LammModel> {
  const [checkpoint] = golden.checkpointsOf(name);
  const { config, weights } = await loadClipWeights(checkpoint?.path ?? "");
  const embeddings = createPromptEmbeddings(weights.text, readFloat32);
  // Cases say where they start, so nothing is drawn.
  const method = createLamm(prompts, embeddings, {
    learnableTokens,
    initialisation: "words",
    normal: () => 0,
  });
  return {
    tower: { config: config.text, weights: weights.text },
    method,
    logitScale: Math.exp(weights.logitScale),
  };
}
