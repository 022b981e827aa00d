import type { TextTower } from "../clip/text-tower.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { serializeGraph } from "../graph/serialize.ts";
import type { HierarchicalLossWeights } from "../methods/hierarchical-loss.ts";
import type { ChunkPlan, ClassChunk, PromptMethod } from "../methods/method.ts";
import type { Runtime, Session } from "../runtime/runtime.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import {
  buildEncodeGraph,
  buildHeadGraph,
  buildPullBackGraph,
  buildStepGraph,
  type PromptGraphContext,
} from "./prompt-graphs.ts";

/** Values of the trained parameters, float32 by name. */
export type Parameters = Readonly<Record<string, Float32Array>>;

/** Pictures of one step, as features. */
export interface FeatureBatch {
  /** Normalised image features, float32 `[B, D]`. */
  readonly features: Tensor<"float32">;
  /** Class of each picture, int64 `[B]`. */
  readonly labels: Tensor<"int64">;
}

/** Loss and gradients of one step. */
export interface Evaluation {
  readonly loss: number;
  /** Before weighting. */
  readonly parts: { readonly ce: number; readonly wc: number; readonly cos: number; readonly kd: number };
  readonly gradients: Record<string, Float32Array>;
}

/** Everything that a prompt objective is made from. */
export interface PromptObjectiveOptions {
  readonly runtime: Runtime;
  readonly tower: TextTower;
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
   * Suffix tokens that are encoded at once. What a chunk needs for its backward pass stays in memory, so this bounds memory
   * whatever the number of classes; beyond it each step runs the forward pass twice.
   */
  readonly maxRows?: number;
}

/** About 2 GB of activations at width 512 with 12 blocks; 1,000 classes with names of one or two tokens fit. */
export const DEFAULT_MAX_ROWS = 4608;

/**
 * The loss of a prompt method on cached image features, and its gradient.
 *
 * One chunk of classes is one graph from parameters to loss and gradients. Several chunks run as three: all text features
 * without keeping activations, then the head for the loss and its gradient for these features, then each chunk forward and
 * back with its share of it. The result is the same.
 */
export class PromptObjective {
  readonly method: PromptMethod;
  /** Forward and backward passes of the text tower over all classes so far. */
  passes = 0;
  readonly #options: PromptObjectiveOptions;
  readonly #plan: ChunkPlan;
  readonly #feeds: Map<ClassChunk, Record<string, Tensor>>;
  readonly #sessions = new Map<string, Promise<Session>>();
  #originalFeatures: Tensor<"float32"> | undefined;

  constructor(options: PromptObjectiveOptions) {
    this.method = options.method;
    this.#options = options;
    this.#plan = options.method.plan(options.maxRows ?? DEFAULT_MAX_ROWS);
    this.#feeds = new Map(this.#plan.chunks.map((chunk) => [chunk, this.#plan.feeds(chunk)]));
  }

  /**
   * Text features of all classes, normalised: float32 `[C, D]`.
   *
   * @param parameters values of the trained parameters
   */
  async encode(parameters: Parameters): Promise<Tensor<"float32">> {
    return normalizeFeatures(await this.#encodeRaw(parameters));
  }

  /** Normalised text features of the original prompts, float32 `[C, D]`; computed once. */
  async originalFeatures(): Promise<Tensor<"float32">> {
    const { original } = this.method;
    const values = Object.fromEntries(Object.entries(original).map(([name, tensor]) => [name, tensor.data]));
    this.#originalFeatures ??= await this.encode(values);
    return this.#originalFeatures;
  }

  /** Loss and gradients on a batch. */
  async evaluate(parameters: Parameters, batch: FeatureBatch): Promise<Evaluation> {
    this.passes += 1;
    const original = await this.originalFeatures();
    return this.#plan.chunks.length === 1
      ? this.#evaluateAtOnce(parameters, batch, original)
      : this.#evaluateInChunks(parameters, batch, original);
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
      build(g, { ...this.#options, plan: this.#plan });
      session = this.#options.runtime.load(serializeGraph(g));
      this.#sessions.set(name, session);
      // Of a graph that the engine refused there is nothing to keep, nor to release.
      session.catch(() => this.#sessions.delete(name));
    }
    return session;
  }

  async #encodeRaw(parameters: Parameters): Promise<Tensor<"float32">> {
    const { classCount } = this.method;
    const session = await this.#session("encode", buildEncodeGraph);
    let features: Tensor<"float32"> | undefined;
    for (const chunk of this.#plan.chunks) {
      const result = await session.run(this.#chunkFeeds(chunk, parameters));
      const found = result.features as Tensor<"float32">;
      const width = found.shape[1] ?? 0;
      features ??= zeros([classCount, width]);
      copyRows(found.data, features.data, { width, to: chunk.classes });
    }
    return features as Tensor<"float32">;
  }

  async #evaluateAtOnce(parameters: Parameters, batch: FeatureBatch, original: Tensor): Promise<Evaluation> {
    const chunk = this.#plan.chunks[0] as ClassChunk;
    const batchSize = batch.labels.data.length;
    const session = await this.#session(`step ${batchSize}`, (g, context) =>
      buildStepGraph(g, context, batchSize),
    );
    const result = await session.run({
      ...this.#chunkFeeds(chunk, parameters),
      ...headFeeds(batch, original),
    });
    const sum = this.#emptyGradients();
    this.#collect(sum, chunk, result);
    return this.#evaluation(result, scalarOf(result.wc), sum);
  }

  async #evaluateInChunks(
    parameters: Parameters,
    batch: FeatureBatch,
    original: Tensor,
  ): Promise<Evaluation> {
    const features = await this.#encodeRaw(parameters);
    const sizes = { featureShape: features.shape, batchSize: batch.labels.data.length };
    const head = await this.#session(`head ${sizes.batchSize}`, (g, context) =>
      buildHeadGraph(g, context, sizes),
    );
    const result = await head.run({ text_features: features, ...headFeeds(batch, original) });
    const upstream = result["d features"] as Tensor<"float32">;
    const width = features.shape[1] ?? 0;
    const back = await this.#session("pull back", buildPullBackGraph);
    const sum = this.#emptyGradients();
    let penalty = 0;
    for (const chunk of this.#plan.chunks) {
      const share = zeros([chunk.size, width]);
      copyRows(upstream.data, share.data, { width, from: chunk.classes });
      const found = await back.run({ ...this.#chunkFeeds(chunk, parameters), upstream: share });
      this.#collect(sum, chunk, found);
      penalty += scalarOf(found.wc);
    }
    return this.#evaluation(result, penalty, sum);
  }

  /** Rows of a parameter that a chunk reads, in the chunk's order. */
  #rowsOf(name: string, chunk: ClassChunk): readonly number[] | undefined {
    const { rowsOfClass } = this.method.parameters.find((parameter) => parameter.name === name) ?? {};
    return rowsOfClass && chunk.classes.flatMap((c) => rowsOfClass[c] ?? []);
  }

  #chunkFeeds(chunk: ClassChunk, parameters: Parameters): Record<string, Tensor> {
    const feeds = { ...this.#feeds.get(chunk) };
    for (const { name, initial } of this.method.parameters) {
      const width = initial.shape[1] ?? 0;
      const tensor = zeros([this.#plan.parameterRows[name] ?? 0, width]);
      const values = parameters[name] ?? initial.data;
      const from = this.#rowsOf(name, chunk);
      if (from === undefined) tensor.data.set(values);
      else copyRows(values, tensor.data, { width, from });
      feeds[name] = tensor;
    }
    return feeds;
  }

  #emptyGradients(): Record<string, Float32Array> {
    return Object.fromEntries(
      this.method.parameters.map(({ name, initial }) => [name, new Float32Array(initial.data.length)]),
    );
  }

  /** Adds a chunk's gradients to where its rows are. */
  #collect(
    sum: Record<string, Float32Array>,
    chunk: ClassChunk,
    result: Readonly<Record<string, Tensor>>,
  ): void {
    for (const { name, initial } of this.method.parameters) {
      const found = (result[`d ${name}`] as Tensor<"float32">).data;
      const into = sum[name] as Float32Array;
      const to = this.#rowsOf(name, chunk);
      if (to !== undefined) copyRows(found, into, { width: initial.shape[1] ?? 0, to });
      else for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) + (found[i] ?? 0);
    }
  }

  #evaluation(
    head: Readonly<Record<string, Tensor>>,
    wc: number,
    found: Record<string, Float32Array>,
  ): Evaluation {
    const parts = { ce: scalarOf(head.ce), cos: scalarOf(head.cos), kd: scalarOf(head.kd), wc };
    return { loss: scalarOf(head.loss) + this.#options.lossWeights.parameters * wc, parts, gradients: found };
  }
}

function headFeeds(batch: FeatureBatch, original: Tensor): Record<string, Tensor> {
  return { image_features: batch.features, labels: batch.labels, original_text_features: original };
}

function scalarOf(tensor: Tensor | undefined): number {
  return Number(tensor?.data[0]);
}

/** Copies rows of `width` numbers: row i comes from row `from[i]`, or goes to row `to[i]`. */
function copyRows(
  source: Float32Array,
  target: Float32Array,
  { width, from, to }: { width: number; from?: readonly number[]; to?: readonly number[] },
): void {
  const count = (from ?? to)?.length ?? 0;
  for (let i = 0; i < count; i++) {
    const start = (from?.[i] ?? i) * width;
    target.set(source.subarray(start, start + width), (to?.[i] ?? i) * width);
  }
}
