import { copyFile, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSafetensors } from "../../src/clip/checkpoint/write-safetensors.ts";
import type { ClipConfig, TransformerConfig } from "../../src/clip/config.ts";
import { ConfigError } from "../../src/errors.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { createStream, fillNormal, type StreamState } from "./fill-normal.ts";
import { narrowToBfloat16, narrowToFloat16 } from "./narrow-floats.ts";
import type { RandomPart, TensorRecipe } from "./recipe.ts";
import { type LayoutName, listTensors } from "./tensor-recipes.ts";

/** Elements drawn and written at a time; a transposed matrix is drawn whole. */
const CHUNK = 1 << 18;

/** How the elements of a random checkpoint are stored. */
export type StoredDtype = "float32" | "float16" | "bfloat16";

/** What is written, and where. */
export interface RandomCheckpointOptions {
  /** Folder to write into; it is made if it is not there. */
  readonly folder: string;
  readonly config: ClipConfig;
  readonly layout: LayoutName;
  readonly dtype: StoredDtype;
  readonly seed: number;
  /** Path of a `tokenizer.json` to put beside the weights. */
  readonly tokenizer?: string;
}

/**
 * Writes a CLIP with random weights as `model.safetensors`, in the Hugging Face layout with its configuration files. One seed
 * gives the same weights in either layout. Needs a megabyte of memory beside the largest projection, whatever the size of
 * the model.
 *
 * @returns path of the weights
 * @throws {ConfigError} if the layout has no image tower of this kind
 */
export async function writeRandomCheckpoint(options: RandomCheckpointOptions): Promise<string> {
  const { folder, config, layout, dtype, seed, tokenizer } = options;
  if (layout === "hugging-face" && config.image.kind === "resnet") {
    throw new ConfigError({
      where: "layout",
      expected: "openai, the only one that has modified ResNets",
      got: layout,
    });
  }
  await mkdir(folder, { recursive: true });
  const path = join(folder, "model.safetensors");
  await writeFile(`${path}.tmp`, generatePieces(listTensors(config, layout), dtype, seed));
  await rename(`${path}.tmp`, path);
  if (tokenizer !== undefined) await copyFile(tokenizer, join(folder, "tokenizer.json"));
  if (layout === "hugging-face") await writeConfigs(folder, config);
  return path;
}

function* generatePieces(
  recipes: readonly TensorRecipe[],
  dtype: StoredDtype,
  seed: number,
): Generator<Uint8Array> {
  const { header, order } = writeHeader(recipes, dtype);
  yield header;
  for (const recipe of order) {
    for (const values of recipe.transposed ? [drawTransposed(recipe, seed)] : drawChunks(recipe, seed)) {
      const stored = dtype === "float32" ? values : narrow[dtype](values);
      yield new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    }
  }
}

const narrow = { float16: narrowToFloat16, bfloat16: narrowToBfloat16 };

/** The header that tensors of these shapes have, and the order in which it puts them. */
function writeHeader(recipes: readonly TensorRecipe[], dtype: StoredDtype) {
  // All tensors share memory that nobody touches, so that it is never more than addresses: the header needs sizes alone.
  const ArrayType = dtype === "float32" ? Float32Array : Uint16Array;
  const largest = Math.max(...recipes.map(({ shape }) => sizeOf(shape)));
  const memory = new ArrayBuffer(largest * ArrayType.BYTES_PER_ELEMENT);
  const tensors = new Map<string, Tensor>(
    recipes.map(({ name, shape }) => {
      return [name, { dtype, shape, data: new ArrayType(memory, 0, sizeOf(shape)) } as Tensor];
    }),
  );
  const [header = new Uint8Array()] = writeSafetensors(tensors);
  const entries = JSON.parse(new TextDecoder().decode(header.subarray(8))) as Record<string, HeaderEntry>;
  const begin = ({ name }: TensorRecipe) => entries[name]?.data_offsets[0] ?? 0;
  return { header, order: [...recipes].sort((a, b) => begin(a) - begin(b)) };
}

interface HeaderEntry {
  readonly data_offsets: readonly [begin: number, end: number];
}

function* drawChunks({ parts }: TensorRecipe, seed: number): Generator<Float32Array> {
  for (const part of parts) {
    const state = openStream(seed, part.stream);
    for (let drawn = 0; drawn < part.size; drawn += CHUNK) {
      yield draw(state, part, Math.min(CHUNK, part.size - drawn));
    }
  }
}

/** Draws the matrix that another layout stores as it is. */
function drawTransposed({ shape: [rows = 0, columns = 0], parts }: TensorRecipe, seed: number): Float32Array {
  const [part] = parts as readonly [RandomPart];
  const source = draw(openStream(seed, part.stream), part, part.size);
  return Float32Array.from(source, (_, i) => source[(i % columns) * rows + Math.floor(i / columns)] ?? 0);
}

function openStream(seed: number, stream: string): StreamState {
  return createStream(`${seed} ${stream}`);
}

function draw(state: StreamState, part: RandomPart, count: number): Float32Array {
  const values = new Float32Array(count);
  fillNormal(values, state, part);
  return values;
}

/** Writes the files that Hugging Face Transformers would look for. */
async function writeConfigs(folder: string, { text, image, jointWidth, imageMean, imageStd }: ClipConfig) {
  const write = (name: string, content: object) =>
    writeFile(join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
  await write("config.json", {
    architectures: ["CLIPModel"],
    model_type: "clip",
    projection_dim: jointWidth,
    text_config: {
      ...towerConfig(text),
      max_position_embeddings: text.contextLength,
      vocab_size: text.vocabularySize,
    },
    ...(image.kind === "vit" && {
      vision_config: {
        ...towerConfig(image),
        image_size: image.imageSize,
        patch_size: image.patchSize,
      },
    }),
  });
  await write("preprocessor_config.json", {
    crop_size: { height: image.imageSize, width: image.imageSize },
    do_center_crop: true,
    do_normalize: true,
    do_resize: true,
    image_mean: imageMean,
    image_std: imageStd,
    resample: 3,
    size: { shortest_edge: image.imageSize },
  });
}

function towerConfig({ width, layers, heads, activation, layerNormEps }: TransformerConfig) {
  return {
    hidden_size: width,
    intermediate_size: 4 * width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    hidden_act: activation,
    layer_norm_eps: layerNormEps,
  };
}
