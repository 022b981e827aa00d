import { ConfigError, ModelFileError, ShapeError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { serializeGraph } from "../graph/serialize.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { sizeOf } from "../tensor/shape.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { ClipCheckpoint } from "./clip-checkpoint.ts";
import { encodeResNet } from "./resnet.ts";
import { encodeVit } from "./vit.ts";

/** Encodes pictures with the image tower of one CLIP. */
export interface ImageEncoder {
  /** Pictures of one call. */
  readonly batchSize: number;
  /**
   * Encodes one batch; a caller with fewer pictures fills it up with anything and drops the surplus features.
   *
   * @param pixels of exactly `batchSize` preprocessed pictures, `[batchSize, 3, R, R]` row-major
   * @returns image features before normalisation, `[batchSize, D]` row-major
   * @throws {ShapeError} if there are more or fewer pixels
   * @throws {EngineError} if the engine fails
   */
  encode(pixels: Float32Array): Promise<Float32Array>;
  /** Frees the engine's memory. */
  release(): Promise<void>;
}

/** How pictures are encoded. */
export interface ImageEncoderOptions {
  /** Pictures of one call; {@link DEFAULT_BATCH_SIZE} if not given. */
  readonly batchSize?: number;
  /** Learned tokens of a vision transformer, each set float32 `[N, width]`, see {@link encodeVit}; none if not given. */
  readonly prompts?: readonly Tensor<"float32">[];
}

/** Larger batches hardly encode more pictures a second, and need more memory (measured, docs/experiments.md). */
export const DEFAULT_BATCH_SIZE = 8;

/**
 * Loads the image tower of a CLIP.
 *
 * @throws {ConfigError} if the batch size is not a whole number from 1
 * @throws {EngineError} if the engine refuses the graph
 * @example
 * const encoder = await createImageEncoder(createNodeRuntime(), await loadClip("openai/clip-vit-base-patch16"));
 * const features = await encoder.encode(pixels);
 */
export async function createImageEncoder(
  runtime: Runtime,
  clip: Pick<ClipCheckpoint, "config" | "weights">,
  { batchSize = DEFAULT_BATCH_SIZE, prompts = [] }: ImageEncoderOptions = {},
): Promise<ImageEncoder> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new ConfigError({
      where: "batch size",
      expected: "a whole number from 1",
      got: `${batchSize}`,
    });
  }
  const { imageSize } = clip.config.image;
  const shape = [batchSize, 3, imageSize, imageSize];
  const g = new GraphBuilder();
  const tokens = prompts.map((set) => g.constant(set));
  g.output("features", encodeImages(g, clip, g.input("pixels", "float32", shape), tokens));
  const session = await runtime.load(serializeGraph(g));
  return {
    batchSize,
    async encode(pixels) {
      if (pixels.length !== sizeOf(shape)) {
        throw new ShapeError({
          where: "image encoder",
          expected: `${sizeOf(shape)} values for ${batchSize} pictures [3, ${imageSize}, ${imageSize}]`,
          got: `${pixels.length}`,
          fix: "Fill up an incomplete batch.",
        });
      }
      const result = await session.run({ pixels: createTensor("float32", shape, pixels) });
      return (result.features as Tensor<"float32">).data;
    },
    release: () => session.release(),
  };
}

/**
 * Encodes pictures with whichever image tower a CLIP has.
 *
 * @param pixels float32 `[B, 3, R, R]`
 * @param prompts learned tokens of a vision transformer, see {@link encodeVit}
 * @returns image features before normalisation, float32 `[B, D]`
 * @throws {ShapeError} if the pictures are not of the model's size
 * @throws {ModelFileError} if weights and configuration are of different kinds of tower
 * @throws {ConfigError} if there are prompts for a ResNet
 */
export function encodeImages(
  g: GraphBuilder,
  clip: Pick<ClipCheckpoint, "config" | "weights">,
  pixels: Value,
  prompts: readonly Value[] = [],
): Value {
  const config = clip.config.image;
  const weights = clip.weights.image;
  if (config.kind === "vit" && weights.kind === "vit")
    return encodeVit(g, { config, weights }, pixels, prompts);
  if (config.kind === "resnet" && weights.kind === "resnet") {
    if (prompts.length === 0) return encodeResNet(g, { config, weights }, pixels);
    const expected = "a vision transformer, which learned tokens can join";
    throw new ConfigError({ where: "prompts of the image tower", expected, got: "a ResNet" });
  }
  throw new ModelFileError({
    where: "image tower",
    expected: `weights of a ${config.kind}, as the configuration says`,
    got: `those of a ${weights.kind}`,
  });
}
