import { z } from "zod";
import { gradients } from "../../../src/autodiff/gradient.ts";
import { encodeText } from "../../../src/clip/text-tower.ts";
import { classify } from "../../../src/clip/zero-shot.ts";
import { DataError } from "../../../src/errors.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import type { Value } from "../../../src/graph/node.ts";
import { serializeGraph } from "../../../src/graph/serialize.ts";
import { featureLosses, tokenDistance } from "../../../src/methods/hierarchical-loss.ts";
import { type ClassChunk, planPrompts } from "../../../src/methods/plan-prompts.ts";
import type { PromptSet } from "../../../src/methods/prompts.ts";
import { normalizeFeatures } from "../../../src/tensor/normalize-features.ts";
import { createTensor, type Tensor } from "../../../src/tensor/tensor.ts";
import { PromptObjective } from "../../../src/training/prompt-objective.ts";
import type { CaseContext, RunCase } from "../case-kind.ts";
import type { Comparison } from "../check.ts";
import { largestDifference, largestMagnitude, relativeDifference } from "../deviation.ts";
import type { GoldenFolder } from "../golden-folder.ts";
import { readPrompts } from "../golden-prompts.ts";
import type { GoldenTensors } from "../golden-tensors.ts";
import { loadLamm, originalTokens, type PromptModel, TOKENS } from "../load-prompt-model.ts";
import { FORWARD, GRADIENT } from "../tolerances.ts";

const namesSchema = z.object({ class_names: z.array(z.string()).min(1) });
/** As in the published loss. */
const TEMPERATURE = 2;
/** Only features are asked of an objective with these. */
const NO_WEIGHTS = { parameters: 0, features: 0, logits: 0, temperature: TEMPERATURE };
const PARTS = ["ce", "wc", "cos", "kd"] as const;

/** What the case holds of one batch. */
interface LossCase {
  readonly tensors: GoldenTensors;
  /** Normalised, float32 `[B, D]`. */
  readonly imageFeatures: Tensor<"float32">;
  readonly labels: Tensor<"int64">;
  /** The tokens at which the loss is taken, float32 `[C, L, W]`. */
  readonly tokens: Tensor<"float32">;
}

/** One batch through LAMM's loss: features and logits of learned and original prompts, each part, and its gradient. */
export const runHierarchicalLoss: RunCase = async (context) => {
  const { golden, name } = context;
  const { class_names: classNames } = golden.json(`${name}.json`, namesSchema);
  const tensors = golden.tensors(name);
  const tokens = tensors.float32("token_classes", [classNames.length, undefined, undefined]);
  const labels = tensors.integers("labels", [undefined]);
  const lossCase: LossCase = {
    tensors,
    tokens,
    imageFeatures: normalizeFeatures(tensors.float32("image_features", [labels.data.length, undefined])),
    labels: createTensor("int64", labels.shape, BigInt64Array.from(labels.data, BigInt)),
  };
  const prompts = promptsOfClasses(golden, classNames);
  const model = await loadLamm(context, prompts, tokens.shape[1] ?? 0);
  return {
    checks: [
      ...(await compareFeatures(context, lossCase, model)),
      ...(await compareParts(context, lossCase, model)),
    ],
  };
};

/** The prompts of these class names: the case itself does not hold them, training cases with the same classes do. */
function promptsOfClasses(golden: GoldenFolder, classNames: readonly string[]): PromptSet {
  for (const name of golden.caseNames) {
    const prompts = tryReadPrompts(golden, name, classNames);
    if (prompts !== undefined) return prompts;
  }
  throw new DataError({
    where: golden.path,
    expected: `a training case whose class_names are ${classNames.join(", ")}, for its prompt_token_ids`,
    got: "none",
  });
}

function tryReadPrompts(
  golden: GoldenFolder,
  name: string,
  classNames: readonly string[],
): PromptSet | undefined {
  try {
    const found = golden.json(`${name}.json`, namesSchema).class_names;
    const prompts = readPrompts(golden.tensors(name));
    // Where the context is learned its ids are one placeholder repeated, not the words of the template.
    const hasWords = new Set(prompts.prefixIds.slice(1)).size > 1;
    return hasWords && found.join("\n") === classNames.join("\n") ? prompts : undefined;
  } catch {
    // Not a training case, or a damaged one, which its own report names.
    return undefined;
  }
}

async function compareFeatures(
  { runtime }: CaseContext,
  { tensors, tokens, imageFeatures }: LossCase,
  model: PromptModel,
): Promise<Comparison[]> {
  const { tower, method, logitScale } = model;
  const objective = new PromptObjective({ runtime, tower, method, logitScale, lossWeights: NO_WEIGHTS });
  try {
    const original = originalTokens(model) as Float32Array;
    const learned = await objective.encode({ [TOKENS]: tokens.data });
    const unchanged = (await objective.originalFeatures()) as Tensor<"float32">;
    const found = {
      original_token_classes: createTensor("float32", tokens.shape, original),
      text_features: learned,
      original_text_features: unchanged,
      logits: classify(imageFeatures, learned, logitScale),
      original_logits: classify(imageFeatures, unchanged, logitScale),
    };
    return Object.entries(found).map(([key, { data, shape }]) => {
      const stored = tensors.float32(key, shape);
      const expected = key.endsWith("text_features") ? normalizeFeatures(stored) : stored;
      return { part: key, deviation: relativeDifference(data, expected.data), tolerance: FORWARD };
    });
  } finally {
    await objective.release();
  }
}

/** Each part of the loss and its gradient for the class tokens, through the whole text tower. */
async function compareParts(
  { runtime }: CaseContext,
  { tensors, tokens, imageFeatures, labels }: LossCase,
  model: PromptModel,
): Promise<Comparison[]> {
  const { tower, method, logitScale } = model;
  const plan = planPrompts(method, method.prompts, Number.POSITIVE_INFINITY);
  const originalFeatures = normalizeFeatures(
    tensors.float32("original_text_features", [method.classCount, undefined]),
  );
  const g = new GraphBuilder();
  const input = g.input(TOKENS, "float32", [plan.parameterRows[TOKENS] ?? 0, tower.config.width]);
  const onFeatures = featureLosses(
    g,
    {
      imageFeatures: g.literal("float32", imageFeatures.shape, imageFeatures.data),
      targets: g.oneHot(g.constant(labels), method.classCount),
      textFeatures: encodeText(g, tower, plan.build(g, [{ [TOKENS]: input }])),
      originalTextFeatures: g.literal("float32", originalFeatures.shape, originalFeatures.data),
      logitScale,
    },
    TEMPERATURE,
  );
  for (const [part, loss] of Object.entries(onFeatures)) {
    g.output(`loss.${part}`, loss);
    g.output(`grad.${part}`, gradients(g, loss, [input])[0] as Value);
  }
  const session = await runtime.load(serializeGraph(g));
  try {
    const rows = createTensor("float32", input.shape, tokens.data);
    const onTokens = tokenDistance(tokens.data, originalTokens(model) as Float32Array);
    const found: Record<string, { readonly data: ArrayLike<unknown> }> = {
      ...(await session.run({ ...plan.feeds(plan.chunks[0] as ClassChunk, 1), [TOKENS]: rows })),
      "loss.wc": { data: [onTokens.loss] },
      "grad.wc": { data: onTokens.gradient },
    };
    return PARTS.flatMap((part) =>
      (
        [
          ["loss", [1], FORWARD],
          ["grad", tokens.shape, GRADIENT],
        ] as const
      ).map(([kind, shape, tolerance]) => {
        const key = `${kind}.${part}`;
        const data = found[key]?.data as Float32Array;
        const expected = tensors.float32(key, shape).data;
        // COS is what is left of cosines near 1, and as exact as they are: losses below 1 are compared as they stand.
        const scale = kind === "loss" ? Math.max(1, largestMagnitude(expected)) : largestMagnitude(expected);
        return { part: key, deviation: largestDifference(data, expected) / scale, tolerance };
      }),
    );
  } finally {
    await session.release();
  }
}
