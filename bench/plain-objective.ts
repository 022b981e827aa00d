import { gradients } from "../src/autodiff/gradient.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import type { Value } from "../src/graph/node.ts";
import { serializeGraph } from "../src/graph/serialize.ts";
import { featureLosses } from "../src/methods/hierarchical-loss.ts";
import type { Runtime } from "../src/runtime/runtime.ts";
import { normalizeFeatures } from "../src/tensor/normalize-features.ts";
import type { Tensor } from "../src/tensor/tensor.ts";
import type { FeatureBatch } from "../src/training/feature-set.ts";
import type { Evaluation, Parameters } from "../src/training/prompt-objective.ts";
import type { LammTask } from "./lamm-task.ts";
import { encodePlainText } from "./plain-text-tower.ts";

/** Name of LAMM's parameter. */
const TOKENS = "token_classes";

/** LAMM's loss and gradient through the plain text tower. */
export interface PlainObjective {
  /** As `PromptObjective.evaluate`; the original prompts' features are those of the last {@link PlainObjective.encodeOriginal}. */
  evaluate(parameters: Parameters, batch: FeatureBatch): Promise<Evaluation>;
  /** Encodes the original prompts, which the published code does again at every step. */
  encodeOriginal(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Loads a task with the plain text tower.
 *
 * @param task of which all classes learn the same number of tokens
 */
export async function createPlainObjective(runtime: Runtime, task: LammTask): Promise<PlainObjective> {
  const original = task.method.parameters[0]?.anchor as Tensor<"float32">;
  const encoder = await runtime.load(
    graphOf((g) => {
      const tokens = g.input(TOKENS, "float32", original.shape);
      g.output("features", encodePrompts(g, task, tokens));
    }),
  );
  const step = await runtime.load(graphOf((g) => buildStep(g, task, original)));
  let originalFeatures: Tensor<"float32"> | undefined;
  const encodeOriginal = async () => {
    const { features } = await encoder.run({ [TOKENS]: original });
    originalFeatures = normalizeFeatures(features as Tensor<"float32">);
  };
  await encodeOriginal();
  return {
    encodeOriginal,
    async evaluate(parameters, { features, labels }) {
      const result = await step.run({
        [TOKENS]: { ...original, data: parameters[TOKENS] ?? original.data },
        image_features: features,
        labels,
        original_text_features: originalFeatures as Tensor<"float32">,
      });
      const scalar = (name: string) => Number(result[name]?.data[0]);
      const parts = { ce: scalar("ce"), wc: scalar("wc"), cos: scalar("cos"), kd: scalar("kd") };
      const gradient = (result["d tokens"] as Tensor<"float32">).data;
      return { loss: scalar("loss"), parts, gradients: { [TOKENS]: gradient } };
    },
    async release() {
      await encoder.release();
      await step.release();
    },
  };
}

function graphOf(build: (g: GraphBuilder) => void) {
  const g = new GraphBuilder();
  build(g);
  return serializeGraph(g);
}

function buildStep(g: GraphBuilder, task: LammTask, original: Tensor<"float32">): void {
  const { lossWeights: weights, batch, method } = task;
  const tokens = g.input(TOKENS, "float32", original.shape);
  const originalShape = [method.classCount, batch.features.shape[1] ?? 0];
  const parts = featureLosses(
    g,
    {
      imageFeatures: g.input("image_features", "float32", batch.features.shape),
      targets: g.oneHot(g.input("labels", "int64", batch.labels.shape), method.classCount),
      textFeatures: encodePrompts(g, task, tokens),
      originalTextFeatures: g.input("original_text_features", "float32", originalShape),
      logitScale: task.logitScale,
    },
    weights.temperature,
  );
  const all = { ...parts, wc: distance(g, tokens, g.constant(original)) };
  for (const [name, value] of Object.entries(all)) g.output(name, value);
  const weighted = (value: Value, weight: number) => g.mul(value, g.scalar(weight));
  const onText = g.add(weighted(all.cos, weights.features), weighted(all.kd, weights.logits));
  const loss = g.add(all.ce, g.add(onText, weighted(all.wc, weights.parameters)));
  g.output("loss", loss);
  g.output("d tokens", gradients(g, loss, [tokens])[0] as Value);
}

/** WC in the graph, as the published code has it. */
function distance(g: GraphBuilder, tokens: Value, original: Value): Value {
  const difference = g.sub(tokens, original);
  return g.reduceSum(g.mul(difference, difference));
}

/** Text features of the prompts with these tokens at the start of each class name: every prompt as a full row of the context. */
function encodePrompts(
  g: GraphBuilder,
  { tower, prompts, embeddings, method }: LammTask,
  tokens: Value,
): Value {
  const { contextLength, width } = tower.config;
  const classes = method.classCount;
  const learned = (tokens.shape[0] ?? 0) / classes;
  const start = prompts.prefixIds.length;
  const sequences = prompts.suffixIds.map((suffix) => {
    const ids = [...prompts.prefixIds, ...suffix];
    return [...ids, ...Array<number>(contextLength - ids.length).fill(0)];
  });
  const frozen = (from: number, to: number) => {
    const data = new Float32Array(classes * (to - from) * width);
    const ids = sequences.flatMap((sequence) => sequence.slice(from, to));
    for (const [row, id] of ids.entries()) data.set(embeddings.tokenRow(id), row * width);
    return g.literal("float32", [classes, to - from, width], data);
  };
  const own = g.reshape(tokens, [classes, learned, width]);
  const rows = g.concat([frozen(0, start), own, frozen(start + learned, contextLength)], 1);
  const ends = prompts.suffixIds.map((suffix) => start + suffix.length - 1);
  return encodePlainText(g, tower, rows, ends);
}
