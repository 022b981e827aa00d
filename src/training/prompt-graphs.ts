import { gradients, pullBack } from "../autodiff/gradient.ts";
import { encodeText, type TextTower } from "../clip/text-tower.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { featureLosses, type HierarchicalLossWeights } from "../methods/hierarchical-loss.ts";
import type { ChunkPlan, PromptMethod } from "../methods/method.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What the graphs of a prompt objective are built from. */
export interface PromptGraphContext {
  readonly tower: TextTower;
  readonly method: PromptMethod;
  readonly plan: ChunkPlan;
  readonly lossWeights: HierarchicalLossWeights;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
  /** Normalised text features of further classes, which compete for the pictures but are not trained: `[N, D]`. */
  readonly fixedTextFeatures?: Tensor<"float32">;
}

/** Text features of a chunk, not normalised: output `features`. */
export function buildEncodeGraph(g: GraphBuilder, context: PromptGraphContext): void {
  g.output("features", encodeChunk(g, context, parameterInputs(g, context)));
}

/** A whole step where all classes are one chunk: outputs `loss`, its parts, and `d <parameter>`. */
export function buildStepGraph(g: GraphBuilder, context: PromptGraphContext, batchSize: number): void {
  const inputs = parameterInputs(g, context);
  const loss = addFeatureLoss(g, context, encodeChunk(g, context, inputs), batchSize);
  const whole = g.add(loss, addParameterLoss(g, context, inputs));
  outputGradients(g, inputs, gradients(g, whole, Object.values(inputs)));
}

/** The loss on the text features of all classes, input `text_features`: outputs `loss`, its parts, and `d features`. */
export function buildHeadGraph(
  g: GraphBuilder,
  context: PromptGraphContext,
  { featureShape, batchSize }: { featureShape: Shape; batchSize: number },
): void {
  const features = g.input("text_features", "float32", featureShape);
  const loss = addFeatureLoss(g, context, features, batchSize);
  for (const gradient of gradients(g, loss, [features])) g.output("d features", gradient);
}

/** A chunk forward and back from the gradient of its features, input `upstream`: outputs `wc` and `d <parameter>`. */
export function buildPullBackGraph(g: GraphBuilder, context: PromptGraphContext): void {
  const inputs = parameterInputs(g, context);
  const features = encodeChunk(g, context, inputs);
  const seeds = [
    { value: features, gradient: g.input("upstream", "float32", features.shape) },
    { value: addParameterLoss(g, context, inputs), gradient: g.scalar(1) },
  ];
  outputGradients(g, inputs, pullBack(g, seeds, Object.values(inputs)));
}

type Inputs = Readonly<Record<string, Value>>;

function parameterInputs(g: GraphBuilder, { method, plan }: PromptGraphContext): Inputs {
  const entries = method.parameters.map(({ name, initial }) => {
    const shape = [plan.parameterRows[name] ?? 0, initial.shape[1] ?? 0];
    return [name, g.input(name, "float32", shape)] as const;
  });
  return Object.fromEntries(entries);
}

function encodeChunk(g: GraphBuilder, { tower, plan }: PromptGraphContext, inputs: Inputs): Value {
  return encodeText(g, tower, plan.build(g, inputs));
}

function outputGradients(g: GraphBuilder, inputs: Inputs, found: readonly Value[]): void {
  Object.keys(inputs).forEach((name, index) => {
    g.output(`d ${name}`, found[index] as Value);
  });
}

/** Adds the loss on features; its parts become outputs. */
function addFeatureLoss(
  g: GraphBuilder,
  { lossWeights, logitScale, method, fixedTextFeatures }: PromptGraphContext,
  textFeatures: Value,
  batchSize: number,
): Value {
  const width = textFeatures.shape[1] ?? 0;
  const labels = g.input("labels", "int64", [batchSize]);
  const parts = featureLosses(
    g,
    {
      imageFeatures: g.input("image_features", "float32", [batchSize, width]),
      targets: g.oneHot(labels, method.classCount),
      textFeatures,
      originalTextFeatures: g.input("original_text_features", "float32", [method.classCount, width]),
      ...(fixedTextFeatures && { fixedTextFeatures: g.constant(fixedTextFeatures) }),
      logitScale,
    },
    lossWeights.temperature,
  );
  for (const [name, value] of Object.entries(parts)) g.output(name, value);
  let loss = parts.ce;
  if (lossWeights.features !== 0) loss = g.add(loss, g.mul(parts.cos, g.scalar(lossWeights.features)));
  if (lossWeights.logits !== 0) loss = g.add(loss, g.mul(parts.kd, g.scalar(lossWeights.logits)));
  g.output("loss", loss);
  return loss;
}

/** Adds the weighted loss on the chunk's parameters; before weighting it becomes the output `wc`. */
function addParameterLoss(g: GraphBuilder, { plan, lossWeights }: PromptGraphContext, inputs: Inputs): Value {
  const distance = plan.parameterLoss?.(g, inputs) ?? g.scalar(0);
  g.output("wc", distance);
  return g.mul(distance, g.scalar(lossWeights.parameters));
}
