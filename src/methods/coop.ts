import { z } from "zod";
import { createTensor } from "../tensor/tensor.ts";
import { defaultLossWeights, type HierarchicalLossWeights } from "./hierarchical-loss.ts";
import { createLabelTokens, type LabelTokens, labelTokenOptions } from "./label-tokens.ts";
import { LAMM_SETTINGS } from "./lamm.ts";
import {
  CONTEXT,
  type ContextStart,
  checkPromptLength,
  contextOptions,
  contextSlots,
  originalOf,
  startContext,
} from "./learned-context.ts";
import {
  definePromptMethod,
  type PromptMethod,
  type PromptProblem,
  type TrainedParameter,
} from "./method.ts";
import { frozenSlots, learnedSlots, type PromptFilling, type Slot } from "./prompt-filling.ts";

const coopOptions = {
  ...contextOptions,
  classContext: z
    .boolean()
    .default(false)
    .describe("a context of its own for each class (CSC) instead of a shared one"),
  classPosition: z
    .enum(["end", "middle", "front"])
    .default("end")
    .describe("where the class name stands: behind the context, behind its first half, or before it"),
} as const;
const options = z.strictObject(coopOptions);
const lammOptions = z.strictObject({ ...coopOptions, ...labelTokenOptions });

/** The loss is cross-entropy alone unless weights are given. */
export function crossEntropyAlone(): HierarchicalLossWeights {
  return { parameters: 0, features: 0, logits: 0, temperature: 2 };
}

/**
 * CoOp: learns the prompt's context words, for all classes or for each.
 *
 * @see Zhou et al. 2022, https://arxiv.org/abs/2109.01134
 */
export const coop = definePromptMethod({
  kind: "prompts",
  name: "coop",
  title: "CoOp",
  description: "learns the context words of the prompt",
  source: "Zhou et al., IJCV 2022, https://arxiv.org/abs/2109.01134",
  options,
  published: {
    epochs: (shots) => (shots === 1 ? 50 : shots <= 4 ? 100 : 200),
    batchSize: 32,
    learningRate: 0.002,
  },
  // A shared context alone has too few directions for the fast schedule's large steps (docs/experiments.md).
  schedules: ["published", "fast"],
  lossWeights: crossEntropyAlone,
  create: (problem, chosen) => createCoop("coop", problem, chosen, undefined),
});

/**
 * CoOp and LAMM trained together.
 *
 * @see Gao et al. 2024, https://arxiv.org/abs/2312.08212, section 4
 */
export const coopLamm = definePromptMethod({
  kind: "prompts",
  name: "coop+lamm",
  title: "CoOp+LAMM",
  description: "learns the context words and the class names together",
  source: "Gao et al., AAAI 2024, https://arxiv.org/abs/2312.08212",
  options: lammOptions,
  published: LAMM_SETTINGS,
  schedules: ["fast", "published"],
  lossWeights: defaultLossWeights,
  create: (problem, chosen) => createCoop("coop+lamm", problem, chosen, createLabelTokens(problem, chosen)),
});

function createCoop(
  name: string,
  { prompts, embeddings, random, config }: PromptProblem,
  chosen: z.output<typeof options>,
  labels: LabelTokens | undefined,
): PromptMethod {
  const classCount = prompts.suffixIds.length;
  const start = startContext({ prompts, embeddings, random }, chosen);
  const context = contextParameter(start, chosen.classContext ? classCount : undefined);
  const filling = fillPrompts(
    {
      start: prompts.prefixIds.slice(0, 1),
      rest: start.rest,
      count: start.initial.shape[0] ?? 0,
      nameLengths: prompts.nameLengths,
      suffixes: prompts.suffixIds.map((ids, c) => labels?.slotsOf(c) ?? frozenSlots(ids)),
    },
    chosen,
  );
  checkPromptLength(filling, config.text.contextLength);
  return {
    name,
    classCount,
    embeddings,
    // With class tokens the published loss holds on to these alone, and leaves the context free.
    parameters: labels ? [context, labels.parameter] : [{ ...context, anchor: context.initial }],
    prompts: filling,
    original: originalOf(prompts, labels?.parameter),
  };
}

/** @param classes C where each class has a context of its own */
function contextParameter({ initial }: ContextStart, classes: number | undefined): TrainedParameter {
  const [count = 0, width = 0] = initial.shape;
  if (classes === undefined) return { name: CONTEXT, initial, fileShape: initial.shape };
  const data = new Float32Array(classes * initial.data.length);
  for (let c = 0; c < classes; c++) data.set(initial.data, c * initial.data.length);
  return {
    name: CONTEXT,
    initial: createTensor("float32", [classes * count, width], data),
    fileShape: [classes, count, width],
    rowsOfClass: Array.from({ length: classes }, (_, c) =>
      Array.from({ length: count }, (_, m) => c * count + m),
    ),
  };
}

/** What {@link fillPrompts} puts together. */
interface PromptPieces {
  /** Start-of-text. */
  readonly start: readonly number[];
  /** Frozen words behind the context. */
  readonly rest: readonly number[];
  /** Context vectors M. */
  readonly count: number;
  readonly nameLengths: readonly number[];
  /** Name, what follows it, and end-of-text of each class. */
  readonly suffixes: readonly (readonly Slot[])[];
}

function fillPrompts(
  { start, rest, count, nameLengths, suffixes }: PromptPieces,
  { classContext, classPosition }: z.output<typeof options>,
): PromptFilling {
  const before = classPosition === "end" ? count : classPosition === "middle" ? Math.floor(count / 2) : 0;
  const contextOf = (c: number) =>
    classContext ? learnedSlots(CONTEXT, { start: c * count, count }) : contextSlots({ count });
  const isShared = !classContext;
  return {
    prefix: [
      ...frozenSlots(start),
      ...(isShared ? contextSlots({ count: before }) : []),
      ...(isShared && classPosition === "end" ? frozenSlots(rest) : []),
    ],
    suffix: suffixes.map((slots, c) => {
      const length = nameLengths[c] ?? 0;
      const own = contextOf(c);
      const behind = classPosition === "end" ? [] : [...own.slice(before), ...frozenSlots(rest)];
      return [
        ...(isShared ? [] : [...own.slice(0, before), ...(classPosition === "end" ? frozenSlots(rest) : [])]),
        ...slots.slice(0, length),
        ...behind,
        ...slots.slice(length),
      ];
    }),
  };
}
