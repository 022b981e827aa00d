// Node only: reads files.
import { readFileSync } from "node:fs";
import { parseJsonObject } from "../checkpoint/parse-json.ts";
import { parseShardIndex } from "../checkpoint/sharded.ts";

/** Paths of a checkpoint's configuration files; what is not there is left out. */
export interface ModelConfigs {
  /** `config.json`. */
  readonly config?: string;
  /** `open_clip_config.json`. */
  readonly openClip?: string;
  /** `preprocessor_config.json`. */
  readonly preprocessor?: string;
}

/** Paths of a checkpoint's files. */
export interface ModelFiles extends ModelConfigs {
  /** File of the weights, or the index of several. */
  readonly weights: string;
  /** The files that an index names, by their names; those that are missing are left out. */
  readonly shards?: ReadonlyMap<string, string>;
}

/** Paths of a tokenizer's files: one, or two from before there was one. */
export type TokenizerFiles =
  | { readonly tokenizer: string }
  | { readonly vocabulary: string; readonly merges: string };

/** Gives the path of a file by its name, or `undefined` where there is none: in a folder, a cache or on the hub. */
export type GetFile = (name: string) => Promise<string | undefined>;

const HUGGING_FACE_WEIGHTS = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
];
const OPEN_CLIP_WEIGHTS = ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"];

/**
 * Finds the files of a checkpoint, the safest and quickest form of its weights first. Only files that are used are asked
 * for.
 *
 * @returns `undefined` if there are no weights by the usual names
 * @throws {ModelFileError} if a configuration or an index is damaged
 */
export async function findModelFiles(get: GetFile): Promise<ModelFiles | undefined> {
  const configs = await findConfigs(get);
  const order = isOtherModel(configs)
    ? [...OPEN_CLIP_WEIGHTS, ...HUGGING_FACE_WEIGHTS]
    : [...HUGGING_FACE_WEIGHTS, ...OPEN_CLIP_WEIGHTS];
  for (const name of order) {
    const weights = await get(name);
    if (weights === undefined) continue;
    return withShards(configs, weights, get);
  }
  return undefined;
}

/**
 * Finds the configuration of weights that are named themselves.
 *
 * @param weights path of the weights or their index
 * @param get files beside them
 * @throws {ModelFileError} if the index is damaged
 */
export async function findFilesBeside(weights: string, get: GetFile): Promise<ModelFiles> {
  return withShards(await findConfigs(get), weights, get);
}

/** Shards that are not there are left out; reading them tells which. */
async function withShards(configs: ModelConfigs, weights: string, get: GetFile): Promise<ModelFiles> {
  if (!weights.endsWith(".index.json")) return { ...configs, weights };
  const shards = new Map<string, string>();
  for (const name of new Set(parseShardIndex(weights, readFileSync(weights)).values())) {
    const path = await get(name);
    if (path !== undefined) shards.set(name, path);
  }
  return { ...configs, weights, shards };
}

async function findConfigs(get: GetFile): Promise<ModelConfigs> {
  const config = await get("config.json");
  const openClip = await get("open_clip_config.json");
  const preprocessor = await get("preprocessor_config.json");
  return {
    ...(config === undefined ? {} : { config }),
    ...(openClip === undefined ? {} : { openClip }),
    ...(preprocessor === undefined ? {} : { preprocessor }),
  };
}

/** Beside an open_clip model, `model.safetensors` may be something else: the image tower alone, for timm. */
function isOtherModel({ config, openClip }: ModelConfigs): boolean {
  if (openClip === undefined) return false;
  return config === undefined || parseJsonObject(config, readFileSync(config)).model_type !== "clip";
}

/** Finds the files of a tokenizer; `undefined` if there are none. */
export async function findTokenizerFiles(get: GetFile): Promise<TokenizerFiles | undefined> {
  const tokenizer = await get("tokenizer.json");
  if (tokenizer !== undefined) return { tokenizer };
  const vocabulary = await get("vocab.json");
  const merges = vocabulary === undefined ? undefined : await get("merges.txt");
  return vocabulary === undefined || merges === undefined ? undefined : { vocabulary, merges };
}
