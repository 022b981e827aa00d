import { ConfigError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { serializeGraph } from "../graph/serialize.ts";
import type { PromptMethod } from "../methods/method.ts";
import { type PromptPlan, planPrompts } from "../methods/plan-prompts.ts";
import type { Runtime, Session } from "../runtime/runtime.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { createTensor, type Tensor, zeros } from "../tensor/tensor.ts";
import { ChunkFeeds } from "./chunk-feeds.ts";
import { scatterClasses } from "./class-rows.ts";
import type { Parameters } from "./parameters.ts";
import {
  buildEncodeGraph,
  buildImagePromptGraph,
  type GraphBatch,
  type PromptGraphContext,
} from "./prompt-graphs.ts";

/** Everything that prompts are encoded with. */
export interface PromptEncoderOptions extends Omit<PromptGraphContext, "plan" | "originals"> {
  readonly runtime: Runtime;
  /**
   * Suffix tokens that are encoded at once, for each picture of a batch where they depend on it. What a chunk needs for its backward
   * pass stays in memory, so this bounds memory whatever the number of classes; beyond it each step runs the forward pass twice.
   */
  readonly maxRows?: number;
}

/** About 2 GB of activations at width 512 with 12 blocks; 1,000 classes with names of one or two tokens fit. */
export const DEFAULT_MAX_ROWS = 4608;

/** Text features of all classes, not normalised: `[C, D]`, or `[G, C, D]` where they depend on the picture. */
export interface RawFeatures {
  readonly features: Tensor<"float32">;
  readonly original?: Tensor<"float32">;
}

/**
 * Text features of a method's prompts, chunk by chunk of the classes, and the compiled graphs that they and whatever else is computed
 * from the prompts run in.
 */
export class PromptEncoder {
  readonly plan: PromptPlan;
  readonly context: PromptGraphContext;
  /** What graphs are fed besides pictures. */
  readonly feeds: ChunkFeeds;
  readonly #runtime: Runtime;
  readonly #maxRows: number;
  readonly #sessions = new Map<string, Promise<Session>>();

  /** @throws {ConfigError} if the method prompts the image tower, and there is none */
  constructor({ runtime, maxRows = DEFAULT_MAX_ROWS, ...options }: PromptEncoderOptions) {
    const { method, lossWeights } = options;
    if (method.promptsImageTower && options.clip === undefined) {
      throw new ConfigError({
        where: `objective of "${method.name}"`,
        expected: "the model, as it prompts the image tower",
        got: "its text tower alone",
      });
    }
    const isUsed = lossWeights.features !== 0 || lossWeights.logits !== 0;
    const originals = isOriginalConstant(method) ? "constant" : isUsed ? "moving" : "none";
    this.#runtime = runtime;
    this.#maxRows = maxRows;
    // Original prompts that move are encoded beside the learned ones, and take as much memory.
    this.plan = planChunks(method, maxRows / (originals === "moving" ? 2 : 1));
    this.context = { ...options, plan: this.plan, originals };
    this.feeds = new ChunkFeeds(this.context);
  }

  /**
   * Text features of all classes, normalised: float32 `[C, D]`.
   *
   * @param parameters values of the trained parameters
   * @throws {ConfigError} if they depend on the picture: then {@link score} has the logits
   */
  async encode(parameters: Parameters): Promise<Tensor<"float32">> {
    const { name, readsImageFeatures } = this.context.method;
    if (readsImageFeatures) {
      throw new ConfigError({
        where: `text features of "${name}"`,
        expected: "a method whose prompts are the same for all pictures",
        got: "one whose prompts depend on the picture",
        fix: "Ask for the logits of pictures.",
      });
    }
    return normalizeFeatures((await this.encodeRaw(parameters)).features);
  }

  /**
   * Scaled cosines of pictures and classes where the prompts depend on the picture.
   *
   * @param imageFeatures normalised, float32 `[N, D]`
   * @returns float32 `[N, C]`
   */
  async score(parameters: Parameters, imageFeatures: Tensor<"float32">): Promise<Tensor<"float32">> {
    const [count = 0, width = 0] = imageFeatures.shape;
    const { logitScale, method } = this.context;
    const { classCount } = method;
    const logits = zeros([count, classCount]);
    const atOnce = Math.min(count, Math.max(1, Math.floor(this.#maxRows / this.plan.rows)));
    for (let start = 0; start < count; start += atOnce) {
      // A last group that is not full is filled up, so that one graph serves all.
      const data = new Float32Array(atOnce * width);
      data.set(imageFeatures.data.subarray(start * width, (start + atOnce) * width));
      const pictures = createTensor("float32", [atOnce, width], data);
      const raw = await this.encodeRaw(parameters, pictures);
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

  /** Learned prompts of the image tower, each set float32 `[N, width]`; none where the method does not prompt it. */
  async imagePrompts(parameters: Parameters): Promise<Tensor<"float32">[]> {
    if (!this.context.method.promptsImageTower) return [];
    const session = await this.session("image prompts", buildImagePromptGraph);
    const found = await session.run(this.feeds.ofParameters(parameters));
    return Object.keys(found).map((_, depth) => found[`image_prompts.${depth}`] as Tensor<"float32">);
  }

  /**
   * Text features of all classes as the tower gives them, put together from those of chunks.
   *
   * @param pictures normalised features `[G, D]` of those that the prompts may depend on
   */
  async encodeRaw(parameters: Parameters, pictures?: Tensor<"float32">): Promise<RawFeatures> {
    const seen = this.seenPictures(pictures);
    const session = await this.session(`encode ${seen?.size ?? ""}`, (g, context) =>
      buildEncodeGraph(g, context, seen),
    );
    const all = new Map<string, Tensor<"float32">>();
    for (const chunk of this.plan.chunks) {
      const result = await session.run({
        ...this.feeds.ofChunk(chunk, parameters, seen?.size),
        ...(pictures && { image_features: pictures }),
      });
      for (const [name, found] of Object.entries(result)) {
        const shape = found.shape.with(-2, this.context.method.classCount);
        const features = all.get(name) ?? zeros(shape);
        all.set(name, features);
        scatterClasses(found as Tensor<"float32">, features, chunk.classes);
      }
    }
    const original = all.get("original_features");
    return { features: all.get("features") as Tensor<"float32">, ...(original && { original }) };
  }

  /** What a graph of chunks needs to know of the pictures; `undefined` where the prompts do not depend on them. */
  seenPictures(pictures: Tensor | undefined): GraphBatch | undefined {
    if (!this.context.method.readsImageFeatures || pictures === undefined) return undefined;
    return { size: pictures.shape[0] ?? 0, shape: pictures.shape };
  }

  /**
   * A compiled graph, made when it is first asked for.
   *
   * @param name of the graph; what it is built for, such as a batch's size, is part of it
   */
  session(name: string, build: (g: GraphBuilder, context: PromptGraphContext) => void): Promise<Session> {
    let session = this.#sessions.get(name);
    if (session === undefined) {
      const g = new GraphBuilder();
      build(g, this.context);
      session = this.#runtime.load(serializeGraph(g));
      this.#sessions.set(name, session);
      // Of a graph that the engine refused there is nothing to keep, nor to release.
      session.catch(() => this.#sessions.delete(name));
    }
    return session;
  }

  /** Frees the engine's memory. */
  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map(async (session) => (await session).release()));
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
