import { z } from "zod";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { crossEntropyAlone } from "./coop.ts";
import { defaultLossWeights } from "./hierarchical-loss.ts";
import { createLabelTokens, type LabelTokens, labelTokenOptions } from "./label-tokens.ts";
import {
  CONTEXT,
  type ContextOptions,
  checkPromptLength,
  contextOptions,
  originalOf,
  startContext,
} from "./learned-context.ts";
import { applyLinear, linearParameters } from "./linear-layer.ts";
import {
  type DerivedPrompts,
  definePromptMethod,
  type PromptMethod,
  type PromptProblem,
  type PublishedSettings,
  type Values,
} from "./method.ts";
import { frozenSlots, learnedSlots } from "./prompt-filling.ts";

/** Names of the meta-net's layers in adapter files. */
const HIDDEN = "meta_net.linear1";
const OUTPUT = "meta_net.linear2";
/** Source of the context that is shifted for each picture. */
const SHIFTED = "shifted_ctx";
/** The meta-net's hidden layer is this many times narrower than the image features. */
const REDUCTION = 16;

const published: PublishedSettings = { epochs: 10, batchSize: 1, learningRate: 0.002 };

/**
 * CoCoOp: CoOp whose context is shifted for each picture by a small network of its feature.
 *
 * @see Zhou et al. 2022, https://arxiv.org/abs/2203.05557
 */
export const cocoop = definePromptMethod({
  kind: "prompts",
  name: "cocoop",
  title: "CoCoOp",
  description: "learns context words that depend on the picture",
  source: "Zhou et al., CVPR 2022, https://arxiv.org/abs/2203.05557",
  options: z.strictObject(contextOptions),
  published,
  readsImageFeatures: true,
  schedules: ["published"],
  lossWeights: crossEntropyAlone,
  create: (problem, chosen) => createCocoop("cocoop", problem, chosen, undefined),
});

/** CoCoOp and LAMM trained together, as CoOp+LAMM is. */
export const cocoopLamm = definePromptMethod({
  kind: "prompts",
  name: "cocoop+lamm",
  title: "CoCoOp+LAMM",
  description: "learns context words that depend on the picture and the class names together",
  source: "Zhou et al., CVPR 2022, https://arxiv.org/abs/2203.05557, and Gao et al., AAAI 2024",
  options: z.strictObject({ ...contextOptions, ...labelTokenOptions }),
  published,
  readsImageFeatures: true,
  schedules: ["published"],
  lossWeights: defaultLossWeights,
  create: (problem, chosen) =>
    createCocoop("cocoop+lamm", problem, chosen, createLabelTokens(problem, chosen)),
});

function createCocoop(
  name: string,
  { prompts, embeddings, random, config }: PromptProblem,
  chosen: ContextOptions,
  labels: LabelTokens | undefined,
): PromptMethod {
  const { initial, rest } = startContext({ prompts, embeddings, random }, chosen);
  const hidden = Math.max(1, Math.floor(config.jointWidth / REDUCTION));
  const count = initial.shape[0] ?? 0;
  const filling = {
    prefix: [
      ...frozenSlots(prompts.prefixIds.slice(0, 1)),
      ...learnedSlots(SHIFTED, { count }),
      ...frozenSlots(rest),
    ],
    suffix: prompts.suffixIds.map((ids, c) => labels?.slotsOf(c) ?? frozenSlots(ids)),
  };
  checkPromptLength(filling, config.text.contextLength);
  const anchor = labels ? {} : { anchor: initial };
  return {
    name,
    classCount: prompts.suffixIds.length,
    embeddings,
    parameters: [
      { name: CONTEXT, initial, fileShape: initial.shape, ...anchor },
      ...linearParameters(HIDDEN, { inputs: config.jointWidth, outputs: hidden }, random),
      ...linearParameters(OUTPUT, { inputs: hidden, outputs: embeddings.width }, random),
      ...(labels ? [labels.parameter] : []),
    ],
    prompts: filling,
    original: originalOf(prompts, labels?.parameter),
    readsImageFeatures: true,
    derive: (g, parameters, imageFeatures) => shiftContext(g, parameters, imageFeatures as Value),
  };
}

/** `V_m + h(f(x) / |f(x)|)`: a context `[G, M, W]`. */
function shiftContext(g: GraphBuilder, parameters: Values, imageFeatures: Value): DerivedPrompts {
  const hidden = g.relu(applyLinear(g, HIDDEN, parameters, imageFeatures));
  const shift = applyLinear(g, OUTPUT, parameters, hidden);
  const context = parameters[CONTEXT] as Value;
  const [count = 0, width = 0] = context.shape;
  const [groups = 0] = shift.shape;
  const each = g.add(g.reshape(context, [1, count, width]), g.reshape(shift, [groups, 1, width]));
  return { sources: { [SHIFTED]: each } };
}
