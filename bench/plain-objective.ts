import { gradients } from "../src/autodiff/gradient.ts";
import { encodeImages } from "../src/clip/image-encoder.ts";
import { normalizeRows } from "../src/clip/layers.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import type { Value } from "../src/graph/node.ts";
import { serializeGraph } from "../src/graph/serialize.ts";
import { type FeatureLosses, featureLosses } from "../src/methods/hierarchical-loss.ts";
import type { DerivedPrompts, Values } from "../src/methods/method.ts";
import type { Runtime } from "../src/runtime/runtime.ts";
import { normalizeFeatures } from "../src/tensor/normalize-features.ts";
import { createTensor, type Tensor } from "../src/tensor/tensor.ts";
import type { Batch } from "../src/training/feature-set.ts";
import type { Parameters } from "../src/training/parameters.ts";
import type { Evaluation } from "../src/training/prompt-objective.ts";
import { endsOf, originalFilling, originalTokens, plainTokens } from "./plain-prompts.ts";
import { encodePlainText } from "./plain-text-tower.ts";
import type { PromptTask } from "./prompt-task.ts";

/** A prompt method's loss and gradient through the plain text tower. */
export interface PlainObjective {
  /** As `PromptObjective.evaluate`; the original prompts' features are those of the last {@link PlainObjective.encodeOriginal}. */
  evaluate(parameters: Parameters, batch: Batch): Promise<Evaluation>;
  /** Encodes the original prompts, which LAMM's published code does again at every step. */
  encodeOriginal(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Loads a task with the plain text tower; the image tower, where the method prompts it, is our own.
 *
 * @param task of which all classes have their learned tokens at the same places, and the original prompts stay as they are
 */
export async function createPlainObjective(runtime: Runtime, task: PromptTask): Promise<PlainObjective> {
  const { method } = task;
  const tokens = originalTokens(task);
  const encoder = await runtime.load(
    graphOf((g) => {
      // Fed, not stored: the engine would encode a constant when it loads the graph.
      const input = g.input("tokens", "float32", tokens.shape);
      g.output(
        "features",
        encodePlainText(g, task.tower, { tokens: input, ends: endsOf(originalFilling(task)) }),
      );
    }),
  );
  const step = await runtime.load(graphOf((g) => buildStep(g, task)));
  let originalFeatures: Tensor<"float32"> | undefined;
  const encodeOriginal = async () => {
    const { features } = await encoder.run({ tokens });
    originalFeatures = forEachPicture(normalizeFeatures(features as Tensor<"float32">), task);
  };
  await encodeOriginal();
  return {
    encodeOriginal,
    async evaluate(parameters, batch) {
      const entries = method.parameters.map(({ name, initial }) => [
        name,
        createTensor("float32", initial.shape, parameters[name] ?? initial.data),
      ]);
      const result = await step.run({
        ...(Object.fromEntries(entries) as Record<string, Tensor>),
        ...("pixels" in batch ? { pixels: batch.pixels } : { image_features: batch.features }),
        labels: batch.labels,
        original_text_features: originalFeatures as Tensor<"float32">,
      });
      const scalar = (name: string) => Number(result[name]?.data[0]);
      const parts = { ce: scalar("ce"), wc: scalar("wc"), cos: scalar("cos"), kd: scalar("kd") };
      const found = method.parameters.map(({ name }) => [name, result[`d ${name}`]?.data] as const);
      return {
        loss: scalar("loss"),
        parts,
        gradients: Object.fromEntries(found) as Record<string, Float32Array>,
      };
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

/** Features `[C, D]` as often as the loss wants them: once, or for each picture. */
function forEachPicture(features: Tensor<"float32">, { method, batch }: PromptTask): Tensor<"float32"> {
  if (!method.readsImageFeatures) return features;
  const { length } = batch.labels.data;
  const data = new Float32Array(length * features.data.length);
  for (let picture = 0; picture < length; picture++) data.set(features.data, picture * features.data.length);
  return createTensor("float32", [length, ...features.shape], data);
}

function buildStep(g: GraphBuilder, task: PromptTask): void {
  const { lossWeights: weights, batch, method, logitScale } = task;
  const parameters: Values = Object.fromEntries(
    method.parameters.map(({ name, initial }) => [name, g.input(name, "float32", initial.shape)]),
  );
  const { derived, imageFeatures } = seePictures(g, task, parameters);
  const textFeatures = encodePrompts(g, task, { parameters, derived });
  const parts = featureLosses(
    g,
    {
      ...{ imageFeatures, textFeatures, logitScale },
      targets: g.oneHot(g.input("labels", "int64", batch.labels.shape), method.classCount),
      originalTextFeatures: g.input("original_text_features", "float32", textFeatures.shape),
    },
    weights.temperature,
  );
  const loss = addLoss(g, task, { parts, parameters });
  const names = Object.keys(parameters);
  gradients(g, loss, Object.values(parameters)).forEach((gradient, index) => {
    g.output(`d ${names[index]}`, gradient);
  });
}

/** The pictures' features, and what the method makes of its parameters. */
function seePictures(
  g: GraphBuilder,
  { method, batch, clip }: PromptTask,
  parameters: Values,
): { imageFeatures: Value; derived: DerivedPrompts } {
  if ("features" in batch) {
    const imageFeatures = g.input("image_features", "float32", batch.features.shape);
    return { imageFeatures, derived: method.derive?.(g, parameters, imageFeatures) ?? {} };
  }
  const derived = method.derive?.(g, parameters, undefined) ?? {};
  const pixels = g.input("pixels", "float32", batch.pixels.shape);
  return { derived, imageFeatures: normalizeRows(g, encodeImages(g, clip, pixels, derived.imagePrompts)) };
}

/** The weighted sum of all parts, a part at weight 0 too, which outputs it. */
function addLoss(
  g: GraphBuilder,
  { lossWeights: weights, method }: PromptTask,
  { parts, parameters }: { readonly parts: FeatureLosses; readonly parameters: Values },
): Value {
  const anchored = method.parameters.flatMap(({ name, anchor }) =>
    anchor === undefined ? [] : [distance(g, parameters[name] as Value, g.constant(anchor))],
  );
  const wc = anchored.reduce((sum, part) => g.add(sum, part), g.scalar(0));
  const all = { ...parts, wc };
  for (const [name, value] of Object.entries(all)) g.output(name, value);
  const terms = [
    [all.cos, weights.features],
    [all.kd, weights.logits],
    [wc, weights.parameters],
  ] as const;
  const used = terms.filter(([, weight]) => weight !== 0);
  const loss = used.reduce((sum, [value, weight]) => g.add(sum, g.mul(value, g.scalar(weight))), all.ce);
  g.output("loss", loss);
  return loss;
}

/** WC in the graph, as the published code has it. */
function distance(g: GraphBuilder, tokens: Value, original: Value): Value {
  const difference = g.sub(tokens, original);
  return g.reduceSum(g.mul(difference, difference));
}

/** Text features of the learned prompts: `[C, D]`, or `[G, C, D]` where they depend on the picture. */
function encodePrompts(
  g: GraphBuilder,
  task: PromptTask,
  { parameters, derived }: { readonly parameters: Values; readonly derived: DerivedPrompts },
): Value {
  const { method, tower } = task;
  const filling = method.prompts;
  const tokens = plainTokens(g, task, { filling, values: { ...parameters, ...derived.sources } });
  const groups = (tokens.shape[0] ?? 0) / method.classCount;
  const ends = Array.from({ length: groups }, () => endsOf(filling)).flat();
  const { deepPrompts = [] } = derived;
  const features = encodePlainText(g, tower, { tokens, ends, deepPrompts });
  if (!method.readsImageFeatures) return features;
  return g.reshape(features, [groups, method.classCount, features.shape[1] ?? 0]);
}
