import { ConfigError } from "../errors.ts";
import { tokenDistance } from "../methods/hierarchical-loss.ts";
import type { PromptMethod } from "../methods/method.ts";
import type { ClassChunk } from "../methods/plan-prompts.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { gatherClasses } from "./class-rows.ts";
import type { Batch } from "./feature-set.ts";
import { GradientSum } from "./gradient-sum.ts";
import type { Parameters } from "./parameters.ts";
import { DEFAULT_MAX_LOGITS, splitPictures } from "./picture-blocks.ts";
import { PromptEncoder, type PromptEncoderOptions, type RawFeatures } from "./prompt-encoder.ts";
import { buildHeadGraph, buildPullBackGraph, buildStepGraph, type GraphBatch } from "./prompt-graphs.ts";
import { WeightedSum } from "./weighted-sum.ts";

/** Loss and gradients of one step. */
export interface Evaluation {
  readonly loss: number;
  /** Before weighting; COS and KD are 0 where their weights are and the original prompts move with what is trained. */
  readonly parts: { readonly ce: number; readonly wc: number; readonly cos: number; readonly kd: number };
  readonly gradients: Record<string, Float32Array>;
}

/** Everything that a prompt objective is made from. */
export interface PromptObjectiveOptions extends PromptEncoderOptions {
  /**
   * Logits, pictures times classes, that the loss is computed on at once, about a dozen arrays of this size; 2^24 if not given.
   * With more the loss runs in blocks of pictures, and each step runs the text tower's forward pass twice.
   */
  readonly maxLogits?: number;
}

/**
 * The loss of a prompt method, and its gradient.
 *
 * One chunk of classes is one graph from parameters to loss and gradients. Several chunks, or more logits than fit into memory,
 * run as three: all text features without keeping activations, then the head for the loss and its gradient for these features,
 * block by block of the pictures, then each chunk forward and back with its share of it. The result is the same.
 */
export class PromptObjective {
  readonly method: PromptMethod;
  /** Forward and backward passes of the text tower over all classes so far. */
  passes = 0;
  readonly #options: PromptObjectiveOptions;
  readonly #encoder: PromptEncoder;
  #originalFeatures: Tensor<"float32"> | undefined;

  /** @throws {ConfigError} if the method prompts the image tower, and there is none */
  constructor(options: PromptObjectiveOptions) {
    this.method = options.method;
    this.#options = options;
    this.#encoder = new PromptEncoder(options);
  }

  /**
   * Text features of all classes, normalised: float32 `[C, D]`.
   *
   * @param parameters values of the trained parameters
   * @throws {ConfigError} if they depend on the picture: then {@link score} has the logits
   */
  encode(parameters: Parameters): Promise<Tensor<"float32">> {
    return this.#encoder.encode(parameters);
  }

  /**
   * Scaled cosines of pictures and classes where the prompts depend on the picture.
   *
   * @param imageFeatures normalised, float32 `[N, D]`
   * @returns float32 `[N, C]`
   */
  score(parameters: Parameters, imageFeatures: Tensor<"float32">): Promise<Tensor<"float32">> {
    return this.#encoder.score(parameters, imageFeatures);
  }

  /** Learned prompts of the image tower, each set float32 `[N, width]`; none where the method does not prompt it. */
  imagePrompts(parameters: Parameters): Promise<Tensor<"float32">[]> {
    return this.#encoder.imagePrompts(parameters);
  }

  /**
   * Normalised text features of the original prompts, float32 `[C, D]`, computed once; `undefined` where these move with what is
   * trained.
   */
  async originalFeatures(): Promise<Tensor<"float32"> | undefined> {
    if (this.#encoder.context.originals !== "constant") return undefined;
    this.#originalFeatures ??= await this.#encodeOriginal();
    return this.#originalFeatures;
  }

  /** Loss and gradients on a batch: of pixels where the method prompts the image tower, else of features. */
  async evaluate(parameters: Parameters, batch: Batch): Promise<Evaluation> {
    this.passes += 1;
    const blocks = this.#splitPictures(batch);
    const found =
      this.#encoder.plan.chunks.length === 1 && blocks.length === 1
        ? await this.#evaluateAtOnce(parameters, batch)
        : await this.#evaluateInChunks(parameters, batch, blocks);
    return this.#addTokenDistance(parameters, found);
  }

  /** Frees the engine's memory. */
  release(): Promise<void> {
    return this.#encoder.release();
  }

  /** The pictures, under the names by which graphs take them. */
  #imageFeeds(batch: Batch): Record<string, Tensor> {
    const isPixels = "pixels" in batch;
    if (isPixels === (this.method.promptsImageTower ?? false)) {
      return isPixels ? { pixels: batch.pixels } : { image_features: batch.features };
    }
    throw new ConfigError({
      where: `batch of "${this.method.name}"`,
      expected: isPixels ? "features" : "pixels, as it prompts the image tower",
      got: isPixels ? "pixels" : "features",
    });
  }

  async #encodeOriginal(): Promise<Tensor<"float32">> {
    const { original, classCount, embeddings } = this.method;
    if ("values" in original) {
      const values = Object.entries(original.values).map(([name, { data }]) => [name, data] as const);
      return this.encode(Object.fromEntries(values));
    }
    const encoder = new PromptEncoder({
      ...this.#options,
      method: {
        name: "original prompts",
        classCount,
        embeddings,
        parameters: [],
        prompts: original.filling,
        original: { values: {} },
      },
    });
    try {
      return await encoder.encode({});
    } finally {
      await encoder.release();
    }
  }

  /** Blocks of pictures that the loss is computed on; where each has text features of its own, all are one. */
  #splitPictures(batch: Batch): readonly Batch[] {
    const { maxLogits = DEFAULT_MAX_LOGITS, fixedTextFeatures } = this.#options;
    if (this.method.readsImageFeatures) return [batch];
    const classCount = this.method.classCount + (fixedTextFeatures?.shape[0] ?? 0);
    return splitPictures(batch, { classCount, maxLogits });
  }

  async #evaluateAtOnce(parameters: Parameters, batch: Batch): Promise<Evaluation> {
    const chunk = this.#encoder.plan.chunks[0] as ClassChunk;
    const pictures = shapeOf(batch);
    // First, as it refuses what the graph could not be built for.
    const images = this.#imageFeeds(batch);
    const original = await this.#originalFeed(pictures.size);
    const session = await this.#encoder.session(`step ${pictures.size}`, (g, context) =>
      buildStepGraph(g, context, pictures),
    );
    const result = await session.run({
      ...this.#encoder.feeds.ofChunk(chunk, parameters, this.method.readsImageFeatures ? pictures.size : 1),
      ...images,
      labels: batch.labels,
      ...original,
    });
    const sum = new GradientSum(this.method);
    sum.add(result, chunk);
    return { ...lossesOf(result), gradients: sum.gradients };
  }

  async #evaluateInChunks(
    parameters: Parameters,
    batch: Batch,
    blocks: readonly Batch[],
  ): Promise<Evaluation> {
    const features = "features" in batch && this.method.readsImageFeatures ? batch.features : undefined;
    const raw = await this.#encoder.encodeRaw(parameters, features);
    const result = await this.#runHead(parameters, blocks, raw);
    const sum = new GradientSum(this.method);
    sum.add(result);
    const seen = this.#encoder.seenPictures(features);
    const back = await this.#encoder.session(`pull back ${seen?.size ?? ""}`, (g, context) =>
      buildPullBackGraph(g, context, seen),
    );
    const upstream = { upstream: result["d features"], upstream_original: result["d original"] };
    for (const chunk of this.#encoder.plan.chunks) {
      const shares = Object.entries(upstream).flatMap(([name, gradient]) =>
        gradient === undefined
          ? []
          : [[name, gatherClasses(gradient as Tensor<"float32">, chunk.classes, chunk.size)] as const],
      );
      const found = await back.run({
        ...this.#encoder.feeds.ofChunk(chunk, parameters, seen?.size),
        ...(features && { image_features: features }),
        ...Object.fromEntries(shares),
      });
      sum.add(found, chunk);
    }
    return { ...lossesOf(result), gradients: sum.gradients };
  }

  /** The loss on text features and its gradients for them: means over all pictures, from those of blocks. */
  async #runHead(
    parameters: Parameters,
    blocks: readonly Batch[],
    raw: RawFeatures,
  ): Promise<Record<string, Tensor>> {
    const total = blocks.reduce((sum, { labels }) => sum + labels.data.length, 0);
    const sum = new WeightedSum();
    for (const block of blocks) {
      const pictures = shapeOf(block);
      const head = await this.#encoder.session(`head ${pictures.size}`, (g, context) =>
        buildHeadGraph(g, context, { featureShape: raw.features.shape, batch: pictures }),
      );
      const result = await head.run({
        ...this.#encoder.feeds.ofParameters(parameters),
        ...this.#imageFeeds(block),
        labels: block.labels,
        text_features: raw.features,
        ...(raw.original
          ? { original_text_features: raw.original }
          : await this.#originalFeed(pictures.size)),
      });
      if (blocks.length === 1) return result;
      sum.add(result, pictures.size / total);
    }
    return sum.outputs;
  }

  /** Constant features of the original prompts; where there is one set for each picture, as often as there are pictures. */
  async #originalFeed(pictures: number): Promise<Record<string, Tensor>> {
    const features = await this.originalFeatures();
    if (features === undefined) return {};
    if (!this.method.readsImageFeatures) return { original_text_features: features };
    const data = new Float32Array(pictures * features.data.length);
    for (let start = 0; start < data.length; start += features.data.length) data.set(features.data, start);
    return { original_text_features: createTensor("float32", [pictures, ...features.shape], data) };
  }

  /** Adds WC, which sees the parameters alone. */
  #addTokenDistance(parameters: Parameters, { loss, parts, gradients }: Evaluation): Evaluation {
    const weight = this.#options.lossWeights.parameters;
    let wc = 0;
    for (const { name, initial, anchor } of this.method.parameters) {
      if (anchor === undefined) continue;
      const distance = tokenDistance(parameters[name] ?? initial.data, anchor.data);
      wc += distance.loss;
      const into = gradients[name] as Float32Array;
      if (weight !== 0)
        for (let i = 0; i < into.length; i++) into[i] = into[i]! + weight * distance.gradient[i]!;
    }
    return { loss: loss + weight * wc, parts: { ...parts, wc }, gradients };
  }
}

function shapeOf(batch: Batch): GraphBatch {
  const { shape } = "pixels" in batch ? batch.pixels : batch.features;
  return { size: batch.labels.data.length, shape };
}

function lossesOf(head: Readonly<Record<string, Tensor>>): Omit<Evaluation, "gradients"> {
  const scalar = (name: string) => Number(head[name]?.data[0]);
  return { loss: scalar("loss"), parts: { ce: scalar("ce"), cos: scalar("cos"), kd: scalar("kd"), wc: 0 } };
}
