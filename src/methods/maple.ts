import { z } from "zod";
import type { ClipConfig } from "../clip/config.ts";
import { ConfigError } from "../errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import type { Random } from "../tensor/random.ts";
import { createTensor } from "../tensor/tensor.ts";
import { crossEntropyAlone } from "./coop.ts";
import { defaultLossWeights } from "./hierarchical-loss.ts";
import { createLabelTokens, type LabelTokens, labelTokenOptions } from "./label-tokens.ts";
import { CONTEXT, checkPromptLength, contextSlots, originalOf, startContext } from "./learned-context.ts";
import { applyLinear, linearParameters } from "./linear-layer.ts";
import {
  type DerivedPrompts,
  definePromptMethod,
  type PromptMethod,
  type PromptProblem,
  type PublishedSettings,
  type TrainedParameter,
  type Values,
} from "./method.ts";
import { frozenSlots } from "./prompt-filling.ts";
import { RANDOM_STD } from "./random-vectors.ts";

/** Blocks whose input has prompts, as published; fewer where a tower has fewer. */
const PUBLISHED_DEPTH = 9;
/** Names in adapter files. */
const deepText = (index: number) => `compound_prompts_text.${index}`;
const FIRST_PROJECTION = "proj";
const deepProjection = (index: number) => `compound_prompt_projections.${index}`;

const mapleOptions = {
  context: z
    .int()
    .positive()
    .default(2)
    .describe("prompts N in each tower, the template's first words in the text tower"),
  contextInit: z
    .enum(["words", "random"])
    .optional()
    .describe("where the first prompts start; words where the template has enough if not given"),
  depth: z
    .int()
    .positive()
    .optional()
    .describe(
      "blocks of both towers whose input has prompts; 9, or all where a tower has fewer, if not given",
    ),
} as const;
const options = z.strictObject(mapleOptions);

const published: PublishedSettings = { epochs: 5, batchSize: 4, learningRate: 0.0035 };

/** MaPLe joins tokens to a transformer's. */
function unsupported({ image }: ClipConfig): string | undefined {
  return image.kind === "vit"
    ? undefined
    : "it prompts a vision transformer, and this model's image tower is a ResNet";
}

/**
 * MaPLe: learns prompts in both towers, those of the image tower as projections of the text tower's.
 *
 * @see Khattak et al. 2023, https://arxiv.org/abs/2210.03117
 */
export const maple = definePromptMethod({
  kind: "prompts",
  name: "maple",
  title: "MaPLe",
  description: "learns coupled prompts in both towers; needs pictures, and a vision transformer",
  source: "Khattak et al., CVPR 2023, https://arxiv.org/abs/2210.03117",
  options,
  published,
  schedules: ["published"],
  lossWeights: crossEntropyAlone,
  promptsImageTower: true,
  unsupported,
  create: (problem, chosen) => createMaple("maple", problem, chosen, undefined),
});

/**
 * MaPLe and LAMM trained together. The published slicing writes a class token over the template's word "of" where N = 2; here it
 * stands in the class's place.
 *
 * @see Gao et al. 2024, https://arxiv.org/abs/2312.08212, section 4
 */
export const mapleLamm = definePromptMethod({
  kind: "prompts",
  name: "maple+lamm",
  title: "MaPLe+LAMM",
  description: "learns coupled prompts in both towers and the class names together",
  source: "Gao et al., AAAI 2024, https://arxiv.org/abs/2312.08212",
  options: z.strictObject({ ...mapleOptions, ...labelTokenOptions }),
  published,
  schedules: ["published"],
  lossWeights: defaultLossWeights,
  promptsImageTower: true,
  unsupported,
  create: (problem, chosen) => createMaple("maple+lamm", problem, chosen, createLabelTokens(problem, chosen)),
});

function createMaple(
  name: string,
  { prompts, embeddings, random, config }: PromptProblem,
  chosen: z.output<typeof options>,
  labels: LabelTokens | undefined,
): PromptMethod {
  const reason = unsupported(config);
  if (reason !== undefined || config.image.kind !== "vit") {
    throw new ConfigError({ where: name, expected: "a model that it can run on", got: reason ?? "another" });
  }
  const depth = chosen.depth ?? Math.min(PUBLISHED_DEPTH, config.text.layers, config.image.layers);
  checkDepth(depth, config);
  const { initial, rest } = startContext({ prompts, embeddings, random }, chosen);
  const count = initial.shape[0] ?? 0;
  const filling = {
    prefix: [...frozenSlots(prompts.prefixIds.slice(0, 1)), ...contextSlots({ count }), ...frozenSlots(rest)],
    suffix: prompts.suffixIds.map((ids, c) => labels?.slotsOf(c) ?? frozenSlots(ids)),
  };
  checkPromptLength(filling, config.text.contextLength);
  const sizes = { inputs: embeddings.width, outputs: config.image.width };
  const deep = Array.from({ length: depth - 1 }, (_, index) => index);
  const anchor = labels ? {} : { anchor: initial };
  return {
    name,
    classCount: prompts.suffixIds.length,
    embeddings,
    parameters: [
      { name: CONTEXT, initial, fileShape: initial.shape, ...anchor },
      ...linearParameters(FIRST_PROJECTION, sizes, random),
      ...deep.map((index) => deepPrompts(deepText(index), initial.shape, random)),
      ...deepProjections(deep.length, sizes, random),
      ...(labels ? [labels.parameter] : []),
    ],
    prompts: filling,
    original: originalOf(prompts, labels?.parameter),
    promptsImageTower: true,
    derive: (g, parameters) => couplePrompts(g, parameters, deep),
  };
}

function deepPrompts(
  name: string,
  [count = 0, width = 0]: readonly number[],
  random: Pick<Random, "normal">,
): TrainedParameter {
  const data = Float32Array.from({ length: count * width }, () => random.normal(RANDOM_STD));
  return { name, initial: createTensor("float32", [count, width], data), fileShape: [count, width] };
}

/** The published code starts all of them from copies of one layer. */
function deepProjections(
  count: number,
  sizes: { inputs: number; outputs: number },
  random: Pick<Random, "random">,
): TrainedParameter[] {
  if (count === 0) return [];
  const [weight, bias] = linearParameters("", sizes, random);
  return Array.from({ length: count }, (_, index) => [
    { ...(weight as TrainedParameter), name: `${deepProjection(index)}.weight` },
    { ...(bias as TrainedParameter), name: `${deepProjection(index)}.bias` },
  ]).flat();
}

function couplePrompts(g: GraphBuilder, parameters: Values, deep: readonly number[]): DerivedPrompts {
  const deepPrompts = deep.map((index) => parameters[deepText(index)] as Value);
  return {
    deepPrompts,
    imagePrompts: [
      applyLinear(g, FIRST_PROJECTION, parameters, parameters[CONTEXT] as Value),
      ...deepPrompts.map((prompts, index) => applyLinear(g, deepProjection(index), parameters, prompts)),
    ],
  };
}

function checkDepth(depth: number, { text, image }: ClipConfig): void {
  const most = Math.min(text.layers, image.kind === "vit" ? image.layers : 0);
  if (depth <= most) return;
  throw new ConfigError({
    where: "depth",
    expected: `a number up to ${most}, as the shallower tower of this model has blocks`,
    got: String(depth),
  });
}
