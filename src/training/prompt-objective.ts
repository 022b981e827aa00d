import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import type { TextTower } from "../clip/text-tower.ts";
import { ConfigError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { serializeGraph } from "../graph/serialize.ts";
import { type HierarchicalLossWeights, tokenDistance } from "../methods/hierarchical-loss.ts";
import type { PromptMethod } from "../methods/method.ts";
import { type ClassChunk, type PromptPlan, planPrompts } from "../methods/plan-prompts.ts";
import type { Runtime, Session } from "../runtime/runtime.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { createTensor, type Tensor, zeros } from "../tensor/tensor.ts";
import { ChunkFeeds } from "./chunk-feeds.ts";
import { gatherClasses, scatterClasses } from "./class-rows.ts";
import type { Batch } from "./feature-set.ts";
import { GradientSum } from "./gradient-sum.ts";
import { DEFAULT_MAX_LOGITS, splitPictures } from "./picture-blocks.ts";
import {
  buildEncodeGraph,
  buildHeadGraph,
  buildImagePromptGraph,
  buildPullBackGraph,
  buildStepGraph,
  type GraphBatch,
  type PromptGraphContext,
} from "./prompt-graphs.ts";
import { WeightedSum } from "./weighted-sum.ts";

/** Values of the trained parameters, float32 by name. */
export type Parameters = Readonly<Record<string, Float32Array>>;

/** Loss and gradients of one step. */
export interface Evaluation {
  readonly loss: number;
  /** Before weighting; COS and KD are 0 where their weights are and the original prompts move with what is trained. */
  readonly parts: { readonly ce: number; readonly wc: number; readonly cos: number; readonly kd: number };
  readonly gradients: Record<string, Float32Array>;
}

/** Everything that a prompt objective is made from. */
export interface PromptObjectiveOptions {
  readonly runtime: Runtime;
  readonly tower: TextTower;
  /** Needed by methods that prompt the image tower. */
  readonly clip?: Pick<ClipCheckpoint, "config" | "weights">;
  readonly method: PromptMethod;
  readonly lossWeights: HierarchicalLossWeights;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
  /**
   * Normalised text features of further classes, float32 `[N, D]`: they compete for the pictures, but are not trained and have no
   * pictures of their own. What was learned before so is a negative for what joins it.
   */
  readonly fixedTextFeatures?: Tensor<"float32">;
  /**
   * Suffix tokens that are encoded at once, for each picture of a batch where they depend on it. What a chunk needs for its backward pass stays in memory, so this bounds memory
   * whatever the number of classes; beyond it each step runs the forward pass twice.
   */
  readonly maxRows?: number;
  /**
   * Logits, pictures times classes, that the loss is computed on at once, about a dozen arrays of this size; 2^24 if not given.
   * With more the loss runs in blocks of pictures, and each step runs the text tower's forward pass twice.
   */
  readonly maxLogits?: number;
}

/** About 2 GB of activations at width 512 with 12 blocks; 1,000 classes with names of one or two tokens fit. */
export const DEFAULT_MAX_ROWS = 4608;

/** Text features of all classes, not normalised: `[C, D]`, or `[G, C, D]` where they depend on the picture. */
interface RawFeatures {
  readonly features: Tensor<"float32">;
  readonly original?: Tensor<"float32">;
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
  readonly #plan: PromptPlan;
  readonly #context: PromptGraphContext;
  readonly #feeds: ChunkFeeds;
  readonly #sessions = new Map<string, Promise<Session>>();
  #originalFeatures: Tensor<"float32"> | undefined;

  constructor(options: PromptObjectiveOptions) {
    const { method, lossWeights } = options;
    if (method.promptsImageTower && options.clip === undefined) {
      const expected = "the model, as it prompts the image tower";
      throw new ConfigError({
        where: `objective of "${method.name}"`,
        expected,
        got: "its text tower alone",
      });
    }
    this.method = method;
    this.#options = options;
    const isUsed = lossWeights.features !== 0 || lossWeights.logits !== 0;
    const originals = isOriginalConstant(method) ? "constant" : isUsed ? "moving" : "none";
    // Original prompts that move are encoded beside the learned ones, and take as much memory.
    const maxRows = (options.maxRows ?? DEFAULT_MAX_ROWS) / (originals === "moving" ? 2 : 1);
    this.#plan = planChunks(method, maxRows);
    this.#context = { ...options, plan: this.#plan, originals };
    this.#feeds = new ChunkFeeds(this.#context);
  }

  /**
   * Text features of all classes, normalised: float32 `[C, D]`.
   *
   * @param parameters values of the trained parameters
   * @throws {ConfigError} if they depend on the picture: then {@link score} has the logits
   */
  async encode(parameters: Parameters): Promise<Tensor<"float32">> {
    if (this.method.readsImageFeatures) {
      throw new ConfigError({
        where: `text features of "${this.method.name}"`,
        expected: "a method whose prompts are the same for all pictures",
        got: "one whose prompts depend on the picture",
        fix: "Ask for the logits of pictures.",
      });
    }
    return normalizeFeatures((await this.#encodeRaw(parameters)).features);
  }

  /**
   * Scaled cosines of pictures and classes where the prompts depend on the picture.
   *
   * @param imageFeatures normalised, float32 `[N, D]`
   * @returns float32 `[N, C]`
   */
  async score(parameters: Parameters, imageFeatures: Tensor<"float32">): Promise<Tensor<"float32">> {
    const [count = 0, width = 0] = imageFeatures.shape;
    const { classCount } = this.method;
    const { logitScale, maxRows = DEFAULT_MAX_ROWS } = this.#options;
    const logits = zeros([count, classCount]);
    const atOnce = Math.min(count, Math.max(1, Math.floor(maxRows / this.#plan.rows)));
    for (let start = 0; start < count; start += atOnce) {
      // A last group that is not full is filled up, so that one graph serves all.
      const data = new Float32Array(atOnce * width);
      data.set(imageFeatures.data.subarray(start * width, (start + atOnce) * width));
      const pictures = createTensor("float32", [atOnce, width], data);
      const raw = await this.#encodeRaw(parameters, pictures);
      const { data: text } = normalizeFeatures(raw.features);
      const used = Math.min(atOnce, count - start);
      for (let row = 0; row < used * classCount; row++) {
        const picture = Math.floor(row / classCount) * width;
        let cosine = 0;
        for (let i = 0; i < width; i++) cosine += data[picture + i]! * text[row * width + i]!;
        logits.data[start * classCount + row] = logitScale * cosine;
      }
    }
    return logits;
  }

  /**
   * Normalised text features of the original prompts, float32 `[C, D]`, computed once; `undefined` where these move with what is
   * trained.
   */
  async originalFeatures(): Promise<Tensor<"float32"> | undefined> {
    if (this.#context.originals !== "constant") return undefined;
    this.#originalFeatures ??= await this.#encodeOriginal();
    return this.#originalFeatures;
  }

  /** Learned prompts of the image tower, each set float32 `[N, width]`; none where the method does not prompt it. */
  async imagePrompts(parameters: Parameters): Promise<Tensor<"float32">[]> {
    if (!this.method.promptsImageTower) return [];
    const session = await this.#session("image prompts", buildImagePromptGraph);
    const found = await session.run(this.#feeds.ofParameters(parameters));
    return Object.keys(found).map((_, depth) => found[`image_prompts.${depth}`] as Tensor<"float32">);
  }

  /** Loss and gradients on a batch: of pixels where the method prompts the image tower, else of features. */
  async evaluate(parameters: Parameters, batch: Batch): Promise<Evaluation> {
    this.passes += 1;
    const blocks = this.#splitPictures(batch);
    const found =
      this.#plan.chunks.length === 1 && blocks.length === 1
        ? await this.#evaluateAtOnce(parameters, batch)
        : await this.#evaluateInChunks(parameters, batch, blocks);
    return this.#addTokenDistance(parameters, found);
  }

  /** Frees the engine's memory. */
  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map(async (session) => (await session).release()));
  }

  #session(name: string, build: (g: GraphBuilder, context: PromptGraphContext) => void): Promise<Session> {
    let session = this.#sessions.get(name);
    if (session === undefined) {
      const g = new GraphBuilder();
      build(g, this.#context);
      session = this.#options.runtime.load(serializeGraph(g));
      this.#sessions.set(name, session);
      // Of a graph that the engine refused there is nothing to keep, nor to release.
      session.catch(() => this.#sessions.delete(name));
    }
    return session;
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

  /** What a graph of chunks needs to know of the pictures; `undefined` where the prompts do not depend on them. */
  #seenPictures(pictures: Tensor | undefined): GraphBatch | undefined {
    if (!this.method.readsImageFeatures || pictures === undefined) return undefined;
    return { size: pictures.shape[0] ?? 0, shape: pictures.shape };
  }

  async #encodeRaw(parameters: Parameters, pictures?: Tensor<"float32">): Promise<RawFeatures> {
    const seen = this.#seenPictures(pictures);
    const session = await this.#session(`encode ${seen?.size ?? ""}`, (g, context) =>
      buildEncodeGraph(g, context, seen),
    );
    const all = new Map<string, Tensor<"float32">>();
    for (const chunk of this.#plan.chunks) {
      const result = await session.run({
        ...this.#feeds.ofChunk(chunk, parameters, seen?.size),
        ...(pictures && { image_features: pictures }),
      });
      for (const [name, found] of Object.entries(result)) {
        const shape = found.shape.with(-2, this.method.classCount);
        const features = all.get(name) ?? zeros(shape);
        all.set(name, features);
        scatterClasses(found as Tensor<"float32">, features, chunk.classes);
      }
    }
    const original = all.get("original_features");
    return { features: all.get("features") as Tensor<"float32">, ...(original && { original }) };
  }

  async #encodeOriginal(): Promise<Tensor<"float32">> {
    const { original, classCount, embeddings } = this.method;
    if ("values" in original) {
      const values = Object.entries(original.values).map(([name, { data }]) => [name, data] as const);
      return this.encode(Object.fromEntries(values));
    }
    const objective = new PromptObjective({
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
      return await objective.encode({});
    } finally {
      await objective.release();
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
    const chunk = this.#plan.chunks[0] as ClassChunk;
    const pictures = shapeOf(batch);
    // First, as it refuses what the graph could not be built for.
    const images = this.#imageFeeds(batch);
    const original = await this.#originalFeed(pictures.size);
    const session = await this.#session(`step ${pictures.size}`, (g, context) =>
      buildStepGraph(g, context, pictures),
    );
    const result = await session.run({
      ...this.#feeds.ofChunk(chunk, parameters, this.method.readsImageFeatures ? pictures.size : 1),
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
    const raw = await this.#encodeRaw(parameters, features);
    const result = await this.#runHead(parameters, blocks, raw);
    const sum = new GradientSum(this.method);
    sum.add(result);
    const seen = this.#seenPictures(features);
    const back = await this.#session(`pull back ${seen?.size ?? ""}`, (g, context) =>
      buildPullBackGraph(g, context, seen),
    );
    const upstream = { upstream: result["d features"], upstream_original: result["d original"] };
    for (const chunk of this.#plan.chunks) {
      const shares = Object.entries(upstream).flatMap(([name, gradient]) =>
        gradient === undefined
          ? []
          : [[name, gatherClasses(gradient as Tensor<"float32">, chunk.classes, chunk.size)] as const],
      );
      const found = await back.run({
        ...this.#feeds.ofChunk(chunk, parameters, seen?.size),
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
      const head = await this.#session(`head ${pictures.size}`, (g, context) =>
        buildHeadGraph(g, context, { featureShape: raw.features.shape, batch: pictures }),
      );
      const result = await head.run({
        ...this.#feeds.ofParameters(parameters),
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

/**
 * One chunk where all classes fit into one, which saves a forward pass a step. Where they do not, chunks of a quarter as many rows:
 * matrix products are as fast with a thousand rows, and memory is needed for other things that grow with the classes.
 */
export function planChunks(method: PromptMethod, maxRows: number): PromptPlan {
  const plan = planPrompts(method, method.prompts, maxRows);
  return plan.chunks.length === 1 ? plan : planPrompts(method, method.prompts, maxRows / 4);
}

/** Whether the original prompts' features depend neither on anything that is trained nor on the picture. */
function isOriginalConstant({ original, parameters, readsImageFeatures = false }: PromptMethod): boolean {
  if ("filling" in original) return true;
  return !readsImageFeatures && parameters.every(({ name }) => original.values[name] !== undefined);
}

function shapeOf(batch: Batch): GraphBatch {
  const { shape } = "pixels" in batch ? batch.pixels : batch.features;
  return { size: batch.labels.data.length, shape };
}

function lossesOf(head: Readonly<Record<string, Tensor>>): Omit<Evaluation, "gradients"> {
  const scalar = (name: string) => Number(head[name]?.data[0]);
  return { loss: scalar("loss"), parts: { ce: scalar("ce"), cos: scalar("cos"), kd: scalar("kd"), wc: 0 } };
}
