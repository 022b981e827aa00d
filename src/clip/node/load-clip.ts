// Node only: reads files and the hub.
import { readFileSync } from "node:fs";
import { readFloat32 } from "../../tensor/node/read-tensor.ts";
import { type ParsedCheckpoint, parseCheckpoint } from "../checkpoint/parse-checkpoint.ts";
import type { ConfigFile } from "../checkpoint/read-config.ts";
import { type ClipCheckpoint, createClip } from "../clip-checkpoint.ts";
import { type ClipTokenizer, createTokenizer } from "../tokenizer.ts";
import { tokenizerJsonOf } from "../vocabulary-tokenizer.ts";
import type { ModelFiles, TokenizerFiles } from "./find-model-files.ts";
import type { DownloadProgress } from "./hub-download.ts";
import { readCheckpointTensors, readShardedTensors } from "./read-checkpoint-tensors.ts";
import { parseModelName, type ResolvedModel, resolveModel, resolveTokenizer } from "./resolve-model.ts";
import { hashWeights } from "./weights-hash.ts";

/** How a model is loaded. */
export interface LoadClipOptions {
  /**
   * Where the tokenizer is: a `tokenizer.json`, a folder, or a hub id. Needed only for a local checkpoint that has none
   * beside it.
   */
  readonly tokenizer?: string;
  /**
   * Folder of the models that come with this package; that of the installed package if not given. For bundled programs,
   * which keep it elsewhere.
   */
  readonly modelsFolder?: string;
  /** Called while files are downloaded, with bytes. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** A model without its tokenizer. */
export interface LoadedWeights extends ParsedCheckpoint {
  readonly id: string;
  readonly weightsHash: string;
}

/**
 * Loads a CLIP. Weights stay in their file, from which the engine reads them; nothing in the files is executed.
 *
 * @param model a folder or file of Hugging Face's, OpenAI's or open_clip's layout, in safetensors or PyTorch's zip format,
 *   or a hub id such as `openai/clip-vit-base-patch16`, which is downloaded once, or `lamm/picture-world`, which came with
 *   the package
 * @throws {ConfigError} if there is no such model, or it may not be read
 * @throws {ModelFileError} if a file is missing, damaged, hostile or of another kind of model
 * @throws {StorageError} if a file cannot be read or downloaded
 * @example
 * const clip = await loadClip("openai/clip-vit-base-patch16");
 */
export async function loadClip(model: string, options: LoadClipOptions = {}): Promise<ClipCheckpoint> {
  const { tokenizer: tokenizerName, ...fetchOptions } = options;
  const resolved = await resolveModel(model, fetchOptions);
  const place = tokenizerName === undefined ? resolved.place : parseModelName(tokenizerName, fetchOptions);
  const tokenizerFiles = await resolveTokenizer(place, fetchOptions);
  const loaded = await readResolved(resolved);
  const tokenizer = readTokenizer(tokenizerFiles, loaded.config.text.contextLength);
  return createClip({ ...loaded, tokenizer });
}

/**
 * Loads the weights of a CLIP alone, for uses that bring their own token ids.
 *
 * @param model as for {@link loadClip}; errors are the same
 */
export async function loadClipWeights(
  model: string,
  options: Omit<LoadClipOptions, "tokenizer"> = {},
): Promise<LoadedWeights> {
  return readResolved(await resolveModel(model, options));
}

async function readResolved({ id, files }: ResolvedModel): Promise<LoadedWeights> {
  const { weights: path, shards } = files;
  const tensors = shards === undefined ? readCheckpointTensors(path) : readShardedTensors(path, shards);
  const parsed = parseCheckpoint(path, tensors, { files: readConfigs(files), readFloat32 });
  return { id, ...parsed, weightsHash: await hashWeights(path, shards) };
}

function readConfigs({ config, openClip, preprocessor }: ModelFiles) {
  const read = (name: string): ConfigFile => ({ name, json: readFileSync(name) });
  return {
    ...(config === undefined ? {} : { config: read(config) }),
    ...(openClip === undefined ? {} : { openClip: read(openClip) }),
    ...(preprocessor === undefined ? {} : { preprocessor: read(preprocessor) }),
  };
}

function readTokenizer(files: TokenizerFiles, contextLength: number): ClipTokenizer {
  if ("tokenizer" in files) {
    return createTokenizer(readFileSync(files.tokenizer), { name: files.tokenizer, contextLength });
  }
  const json = tokenizerJsonOf({
    vocabulary: readFileSync(files.vocabulary),
    vocabularyName: files.vocabulary,
    merges: readFileSync(files.merges, "utf8"),
  });
  return createTokenizer(json, { name: files.vocabulary, contextLength });
}
