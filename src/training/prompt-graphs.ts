import { gradients, pullBack, type Seed } from "../autodiff/gradient.ts";
import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { encodeImages } from "../clip/image-encoder.ts";
import { normalizeRows } from "../clip/layers.ts";
import { encodeText, type TextTower } from "../clip/text-tower.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import {
  type FeatureLosses,
  featureLosses,
  type HierarchicalLossWeights,
} from "../methods/hierarchical-loss.ts";
import type { DerivedPrompts, PromptMethod, Values } from "../methods/method.ts";
import type { PromptPlan } from "../methods/plan-prompts.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What the graphs of a prompt objective are built from. */
export interface PromptGraphContext {
  readonly tower: TextTower;
  /** Needed by methods that prompt the image tower. */
  readonly clip?: ImageTower;
  readonly method: PromptMethod;
  readonly plan: PromptPlan;
  readonly lossWeights: HierarchicalLossWeights;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
  /** Where the loss finds the original prompts' features: nowhere, fed as constants, or encoded at every step. */
  readonly originals: "none" | "constant" | "moving";
  /**
   * Normalised text features of further classes, float32 `[N, D]`: they compete for the pictures, but are not trained and have no
   * pictures of their own. What was learned before so is a negative for what joins it.
   */
  readonly fixedTextFeatures?: Tensor<"float32">;
}

type ImageTower = Pick<ClipCheckpoint, "config" | "weights">;

/** Pictures of one graph. */
export interface GraphBatch {
  /** B. */
  readonly size: number;
  /** Shape of what is fed for them: features `[B, D]`, or pixels `[B, 3, R, R]`. */
  readonly shape: Shape;
}

/** Text features of prompts, not normalised: `[C, D]`, or `[G, C, D]` where they depend on the picture. */
interface EncodedPrompts {
  readonly learned: Value;
  /** Absent unless originals move. */
  readonly original?: Value;
}

/**
 * Text features of a chunk, not normalised: outputs `features` and, where the original prompts move, `original_features`.
 *
 * @param pictures G, and the shape of their features; absent where the prompts do not depend on the picture
 */
export function buildEncodeGraph(
  g: GraphBuilder,
  context: PromptGraphContext,
  pictures: GraphBatch | undefined,
): void {
  const parameters = parameterInputs(g, context);
  const derived = derivePrompts(g, context, parameters, pictures && imageFeatureInput(g, pictures));
  const { learned, original } = encodeChunk(g, context, parameters, derived);
  g.output("features", learned);
  if (original !== undefined) g.output("original_features", original);
}

/** A whole step where all classes are one chunk: outputs `loss`, its parts, and `d <parameter>`. */
export function buildStepGraph(g: GraphBuilder, context: PromptGraphContext, batch: GraphBatch): void {
  const parameters = parameterInputs(g, context);
  const { derived, imageFeatures } = seePictures(g, context, parameters, batch);
  const encoded = encodeChunk(g, context, parameters, derived);
  const original =
    context.originals === "constant" ? originalInput(g, encoded.learned.shape) : encoded.original;
  const head = addHead(g, context, {
    encoded: { ...encoded, ...(original && { original }) },
    imageFeatures,
    batch,
  });
  const wanted = Object.values(parameters);
  const found =
    context.originals === "moving"
      ? pullBack(g, headSeeds(g, context, head, { encoded, imageFeatures }), wanted)
      : gradients(g, head.loss, wanted);
  outputGradients(g, parameters, found);
}

/**
 * The loss on the text features of all classes, inputs `text_features` and `original_text_features`: outputs `loss`, its parts,
 * `d features`, `d original` where the original prompts move, and `d <parameter>` by way of the image tower where that is prompted.
 */
export function buildHeadGraph(
  g: GraphBuilder,
  context: PromptGraphContext,
  { featureShape, batch }: { featureShape: Shape; batch: GraphBatch },
): void {
  const learned = g.input("text_features", "float32", featureShape);
  const original = context.originals === "none" ? undefined : originalInput(g, featureShape);
  const encoded = { learned, ...(original && { original }) };
  if (!context.method.promptsImageTower) {
    const imageFeatures = imageFeatureInput(g, batch);
    const head = addHead(g, context, { encoded, imageFeatures, batch });
    outputHeadGradients(g, headSeeds(g, context, head, { encoded, imageFeatures }));
    return;
  }
  const parameters = imageParameterInputs(g, context);
  const { imageFeatures } = seePictures(g, context, parameters, batch);
  const head = addHead(g, context, { encoded, imageFeatures, batch });
  const seeds = headSeeds(g, context, head, { encoded, imageFeatures });
  outputHeadGradients(g, seeds);
  const ofPictures = seeds.filter(({ value }) => value === imageFeatures);
  outputGradients(g, parameters, pullBack(g, ofPictures, Object.values(parameters)));
}

/** A chunk forward and back from the gradients of its features, inputs `upstream` and `upstream_original`: outputs `d <parameter>`. */
export function buildPullBackGraph(
  g: GraphBuilder,
  context: PromptGraphContext,
  pictures: GraphBatch | undefined,
): void {
  const parameters = parameterInputs(g, context);
  const derived = derivePrompts(g, context, parameters, pictures && imageFeatureInput(g, pictures));
  const { learned, original } = encodeChunk(g, context, parameters, derived);
  const seeds = [{ value: learned, gradient: g.input("upstream", "float32", learned.shape) }];
  if (original !== undefined) {
    seeds.push({ value: original, gradient: g.input("upstream_original", "float32", original.shape) });
  }
  outputGradients(g, parameters, pullBack(g, seeds, Object.values(parameters)));
}

/** What the method makes of its parameters for the image tower: outputs `image_prompts.0` and so on. */
export function buildImagePromptGraph(g: GraphBuilder, context: PromptGraphContext): void {
  const derived = derivePrompts(g, context, imageParameterInputs(g, context), undefined);
  for (const [depth, value] of (derived.imagePrompts ?? []).entries())
    g.output(`image_prompts.${depth}`, value);
}

/** Name of the input that holds a chunk's original rows of a parameter. */
export function originalInputName(parameter: string): string {
  return `original.${parameter}`;
}

function parameterInputs(g: GraphBuilder, { method, plan }: PromptGraphContext): Values {
  const entries = method.parameters.map(({ name, initial }) => {
    const rows = plan.parameterRows[name];
    const shape = rows === undefined ? initial.shape : [rows, initial.shape[1] ?? 0];
    return [name, g.input(name, "float32", shape)] as const;
  });
  return Object.fromEntries(entries);
}

/** Those parameters that all classes share: whatever prompts the image tower is among them. */
function imageParameterInputs(g: GraphBuilder, { method }: PromptGraphContext): Values {
  const shared = method.parameters.filter(({ rowsOfClass }) => rowsOfClass === undefined);
  return Object.fromEntries(
    shared.map(({ name, initial }) => [name, g.input(name, "float32", initial.shape)]),
  );
}

const imageFeatureInput = (g: GraphBuilder, { shape }: GraphBatch) =>
  g.input("image_features", "float32", shape);
const originalInput = (g: GraphBuilder, shape: Shape) => g.input("original_text_features", "float32", shape);

function derivePrompts(
  g: GraphBuilder,
  { method }: PromptGraphContext,
  parameters: Values,
  imageFeatures: Value | undefined,
): DerivedPrompts {
  return g.scope(method.name, () => method.derive?.(g, parameters, imageFeatures)) ?? {};
}

/** The pictures' features, and what the method derives from its parameters and, where it reads them, from these. */
function seePictures(
  g: GraphBuilder,
  context: PromptGraphContext,
  parameters: Values,
  batch: GraphBatch,
): { derived: DerivedPrompts; imageFeatures: Value } {
  if (!context.method.promptsImageTower) {
    const imageFeatures = imageFeatureInput(g, batch);
    return { imageFeatures, derived: derivePrompts(g, context, parameters, imageFeatures) };
  }
  const derived = derivePrompts(g, context, parameters, undefined);
  const pixels = g.input("pixels", "float32", batch.shape);
  const raw = encodeImages(g, context.clip as ImageTower, pixels, derived.imagePrompts);
  return { derived, imageFeatures: normalizeRows(g, raw) };
}

/** Encodes a chunk's learned prompts and, where they move, its original ones behind the same prefix. */
function encodeChunk(
  g: GraphBuilder,
  { tower, method, plan, originals }: PromptGraphContext,
  parameters: Values,
  derived: DerivedPrompts,
): EncodedPrompts {
  const { sources, deepPrompts } = derived;
  const variants = [{ ...parameters, ...sources }];
  if (originals === "moving" && "values" in method.original) {
    const values = Object.keys(method.original.values).map((name) => {
      const shape = parameters[name]?.shape ?? [];
      return [name, g.input(originalInputName(name), "float32", shape)] as const;
    });
    variants.push({ ...variants[0], ...Object.fromEntries(values) });
  }
  const input = plan.build(g, variants);
  const features = encodeText(g, tower, { ...input, ...(deepPrompts && { deepPrompts }) });
  const [rows = 0, width = 0] = features.shape;
  const size = plan.chunks[0]?.size ?? 0;
  const groups = input.prefix.shape.length === 3 ? [rows / variants.length / size] : [];
  if (variants.length === 1) return { learned: g.reshape(features, [...groups, size, width]) };
  const each = g.reshape(features, [groups[0] ?? 1, variants.length, size, width]);
  const variant = (index: number) => g.reshape(g.slice(each, 1, index, index + 1), [...groups, size, width]);
  return { learned: variant(0), original: variant(1) };
}

function outputGradients(g: GraphBuilder, inputs: Values, found: readonly Value[]): void {
  Object.keys(inputs).forEach((name, index) => {
    g.output(`d ${name}`, found[index] as Value);
  });
}

/** A loss on features, and the parts of it that the original prompts' gradient comes from. */
interface Head {
  readonly loss: Value;
  readonly parts: FeatureLosses;
}

interface HeadInputs {
  readonly encoded: EncodedPrompts;
  /** Normalised, `[B, D]`. */
  readonly imageFeatures: Value;
}

/** Adds the loss on features; its parts become outputs. */
function addHead(
  g: GraphBuilder,
  { lossWeights, logitScale, method, fixedTextFeatures, originals }: PromptGraphContext,
  { encoded, imageFeatures, batch }: HeadInputs & { readonly batch: GraphBatch },
): Head {
  const labels = g.input("labels", "int64", [batch.size]);
  const original =
    encoded.original && (originals === "moving" ? normalizeRows(g, encoded.original) : encoded.original);
  const parts = featureLosses(
    g,
    {
      imageFeatures,
      targets: g.oneHot(labels, method.classCount),
      textFeatures: encoded.learned,
      ...(original && { originalTextFeatures: original }),
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
  return { loss, parts };
}

/**
 * Gradients of the loss for the features that it sees. COS holds on to the original prompts as if they were constant; KD's
 * gradient flows through them, as in the published code.
 */
function headSeeds(
  g: GraphBuilder,
  { lossWeights, originals, method }: PromptGraphContext,
  { loss, parts }: Head,
  { encoded, imageFeatures }: HeadInputs,
): Seed[] {
  const wanted = [encoded.learned, ...(method.promptsImageTower ? [imageFeatures] : [])];
  const seeds = gradients(g, loss, wanted).map((gradient, index) => ({
    value: wanted[index] as Value,
    gradient,
  }));
  if (originals !== "moving" || encoded.original === undefined) return seeds;
  const kd = g.mul(parts.kd, g.scalar(lossWeights.logits));
  const [gradient] = gradients(g, kd, [encoded.original]);
  return [...seeds, { value: encoded.original, gradient: gradient as Value }];
}

/** Outputs of a head: learned features first, then, as they are, the original ones'. */
function outputHeadGradients(g: GraphBuilder, seeds: readonly Seed[]): void {
  for (const { value, gradient } of seeds) {
    if (value.name === "text_features") g.output("d features", gradient);
    if (value.name === "original_text_features") g.output("d original", gradient);
  }
}
