import { ConfigError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { serializeGraph } from "../graph/serialize.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createTensor, type StoredTensor, type Tensor } from "../tensor/tensor.ts";
import type { ClipCheckpoint } from "./clip-checkpoint.ts";
import { dealPrompts } from "./deal-prompts.ts";
import { createPromptEmbeddings, type PromptEmbeddings } from "./prompt-embeddings.ts";
import { createSuffixLayout, type SuffixLayout, suffixFeeds } from "./suffix-layout.ts";
import { encodeText } from "./text-tower.ts";

/** Suffix tokens that are encoded at once if not said otherwise: many enough for the full rate of the matrix products. */
const MAX_ROWS = 4096;

/** How prompts are encoded. */
export interface TextEncoderOptions {
  /** Tokens that are encoded at once; it bounds memory and does not change the result. 4096 if not given. */
  readonly maxRows?: number;
  /** Id of end-of-text; the largest id of each prompt if not given, as in the vocabulary of OpenAI's models. */
  readonly endOfText?: number;
}

/**
 * Encodes any prompts: `g(y)` of CLIP. The tokens that all of them begin with are encoded once.
 *
 * @param tokenIds of each prompt, start-of-text first; what follows the first end-of-text is padding
 * @param readFloat32 brings a stored tensor into memory as float32 (from a file in Node, from memory in a browser)
 * @returns text features before normalisation, `[prompts, D]` row-major
 * @throws {ConfigError} if a prompt has fewer than two tokens or too many, begins unlike the others, does not end, or has
 *   unknown tokens
 * @throws {EngineError} if the engine fails
 */
export async function encodeTexts(
  runtime: Runtime,
  clip: Pick<ClipCheckpoint, "config" | "weights">,
  tokenIds: readonly (readonly number[])[],
  readFloat32: (stored: StoredTensor) => Float32Array,
  { maxRows = MAX_ROWS, endOfText }: TextEncoderOptions = {},
): Promise<Float32Array> {
  const { text: config } = clip.config;
  const width = clip.config.jointWidth;
  const features = new Float32Array(tokenIds.length * width);
  if (tokenIds.length === 0) return features;
  checkPrompts(tokenIds, config);
  const sequences = tokenIds.map((ids, prompt) => cutPadding(ids, prompt, endOfText));
  const embeddings = createPromptEmbeddings(clip.weights.text, readFloat32);
  const prefixIds = sharedPrefix(sequences);
  const chunks = planChunks(sequences, prefixIds.length, maxRows);
  const layout = chunks[0]?.layout as SuffixLayout;
  const g = new GraphBuilder();
  const prefix = g.constant(embed(embeddings, [{ ids: prefixIds, start: 0 }], prefixIds.length));
  const suffix = g.input("suffix", "float32", [layout.rows, config.width]);
  const tower = { config, weights: clip.weights.text };
  g.output("features", encodeText(g, tower, { prefix, suffix, layout }));
  const session = await runtime.load(serializeGraph(g));
  try {
    for (const { prompts, layout } of chunks) {
      const start = prefixIds.length;
      const suffixes = prompts.map((prompt) => ({ ids: (sequences[prompt] ?? []).slice(start), start }));
      const rows = embed(embeddings, suffixes, layout.rows);
      const result = await session.run({ suffix: rows, ...suffixFeeds(layout) });
      const found = (result.features as Tensor<"float32">).data;
      prompts.forEach((prompt, place) => {
        features.set(found.subarray(place * width, (place + 1) * width), prompt * width);
      });
    }
  } finally {
    await session.release();
  }
  return features;
}

function checkPrompts(
  tokenIds: readonly (readonly number[])[],
  { contextLength, vocabularySize }: { contextLength: number; vocabularySize: number },
): void {
  tokenIds.forEach((ids, prompt) => {
    const where = `prompt ${prompt}`;
    if (ids.length < 2 || ids.length > contextLength) {
      const expected = `2 to ${contextLength} tokens, start-of-text and end-of-text included`;
      throw new ConfigError({ where, expected, got: `${ids.length}` });
    }
    const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
    if (unknown !== undefined) {
      throw new ConfigError({ where, expected: `token ids under ${vocabularySize}`, got: `${unknown}` });
    }
    if (ids[0] !== tokenIds[0]?.[0]) {
      const expected = `start-of-text first, ${tokenIds[0]?.[0]} as in prompt 0`;
      throw new ConfigError({ where, expected, got: `${ids[0]}` });
    }
  });
}

/** A prompt up to its first end-of-text: tokens after it, such as the zeros or further end-of-texts of padding, change nothing. */
function cutPadding(ids: readonly number[], prompt: number, endOfText = Math.max(...ids)): readonly number[] {
  const end = ids.indexOf(endOfText);
  if (end > 0) return ids.slice(0, end + 1);
  const expected = "end-of-text after start-of-text";
  throw new ConfigError({ where: `prompt ${prompt}`, expected, got: `none in ${ids.length} tokens` });
}

/** The tokens with which all prompts begin, but never the last of one: there its feature is read. */
function sharedPrefix(tokenIds: readonly (readonly number[])[]): readonly number[] {
  const [first = []] = tokenIds;
  let length = Math.min(...tokenIds.map((ids) => ids.length)) - 1;
  for (const ids of tokenIds) {
    const differs = ids.findIndex((id, position) => id !== first[position]);
    if (differs >= 0) length = Math.min(length, differs);
  }
  return first.slice(0, length);
}

/** Prompts that are encoded at once. */
interface PromptChunk {
  readonly prompts: readonly number[];
  readonly layout: SuffixLayout;
}

/** Chunks of one shape, so that one graph serves all: what is missing in one is filled up with prompts that nobody reads. */
function planChunks(
  tokenIds: readonly (readonly number[])[],
  prefixLength: number,
  maxRows: number,
): PromptChunk[] {
  const lengths = tokenIds.map((ids) => ids.length - prefixLength);
  const groups = dealPrompts(lengths, maxRows);
  const size = Math.max(...groups.map((group) => group.length));
  const positions = Math.max(...lengths);
  const isGrid = lengths.every((length) => length === positions);
  const filled = groups.map((group) => {
    const own = group.map((prompt) => lengths[prompt] ?? 0);
    return [...own, ...Array<number>(size - group.length).fill(isGrid ? positions : 1)];
  });
  const rows = Math.max(...filled.map((list) => list.reduce((sum, length) => sum + length, 0)));
  return groups.map((prompts, chunk) => {
    let next = 0;
    const rowOf = (filled[chunk] ?? []).map((length) => Array.from({ length }, () => next++));
    return { prompts, layout: { ...createSuffixLayout(rowOf, rows), positions, isGrid } };
  });
}

/** Embeddings of token sequences with their positions, one after the other: float32 `[rows, W]`, zero where none are left. */
function embed(
  { tokenRow, positionRow, width }: PromptEmbeddings,
  sequences: readonly { readonly ids: readonly number[]; readonly start: number }[],
  rows: number,
): Tensor<"float32"> {
  const data = new Float32Array(rows * width);
  let row = 0;
  for (const { ids, start } of sequences) {
    ids.forEach((id, index) => {
      const token = tokenRow(id);
      const position = positionRow(start + index);
      const offset = row++ * width;
      for (let i = 0; i < width; i++) data[offset + i] = token[i]! + position[i]!;
    });
  }
  return createTensor("float32", [rows, width], data);
}
