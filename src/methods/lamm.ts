import { z } from "zod";
import { defaultLossWeights } from "./hierarchical-loss.ts";
import { createLabelTokens, LABEL_TOKENS, labelTokenOptions } from "./label-tokens.ts";
import { definePromptMethod, type PublishedSettings } from "./method.ts";
import { frozenSlots } from "./prompt-filling.ts";

/** How LAMM was trained, alone or with CoOp's context. */
export const LAMM_SETTINGS: PublishedSettings = { epochs: 50, batchSize: 32, learningRate: 0.002 };

/**
 * LAMM: learns the token embeddings of the class names and leaves prompt and encoders as they are.
 *
 * @see Gao et al. 2024, https://arxiv.org/abs/2312.08212
 */
export const lamm = definePromptMethod({
  kind: "prompts",
  name: "lamm",
  title: "LAMM",
  description: "learns the token embeddings of the class names",
  source: "Gao et al., AAAI 2024, https://arxiv.org/abs/2312.08212",
  options: z.strictObject(labelTokenOptions),
  published: LAMM_SETTINGS,
  schedules: ["fast", "published"],
  lossWeights: defaultLossWeights,
  create(problem, options) {
    const { prompts, embeddings } = problem;
    const { parameter, slotsOf } = createLabelTokens(problem, options);
    return {
      name: "lamm",
      classCount: prompts.suffixIds.length,
      embeddings,
      parameters: [parameter],
      prompts: {
        prefix: frozenSlots(prompts.prefixIds),
        suffix: prompts.suffixIds.map((_, c) => slotsOf(c)),
      },
      original: { values: { [LABEL_TOKENS]: parameter.anchor } },
    };
  },
});
