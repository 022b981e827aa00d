// Node only: reads folders and the hub.
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { ConfigError, ModelFileError } from "../../errors.ts";
import { EMBEDDED_MODEL, embeddedFolder, findEmbeddedFolder, MODELS_FOLDER } from "./embedded-model.ts";
import {
  findFilesBeside,
  findModelFiles,
  findTokenizerFiles,
  type GetFile,
  type ModelFiles,
  type TokenizerFiles,
} from "./find-model-files.ts";
import { type FetchOptions, findHubFilesInCache, type HubModel, withHubFiles } from "./hub-files.ts";

/** OpenAI's byte-pair encoding is that of all CLIPs that do not bring their own. */
const USUAL_TOKENIZER: HubModel = { repository: "openai/clip-vit-base-patch32", revision: "main" };
/** Owner, name, and perhaps a branch, tag or commit, by the hub's rules for names. */
const HUB_NAME = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:@([\w-][\w./-]*))?$/;
const WEIGHT_FILE = /\.(safetensors|safetensors\.index\.json|bin|bin\.index\.json|pt|pth)$/;

/** Where a checkpoint is. */
export type ModelPlace =
  | { readonly kind: "embedded" | "folder" | "file"; readonly path: string }
  | ({ readonly kind: "hub" } & HubModel);

/** A checkpoint's files, all of them on this machine. */
export interface ResolvedModel {
  /**
   * Finds the same model again: a hub id with its revision where one was given, the id of the embedded model wherever it
   * lies, or an absolute path.
   */
  readonly id: string;
  readonly place: ModelPlace;
  readonly files: ModelFiles;
}

/** How a model is found. */
export interface ResolveOptions extends FetchOptions {
  /** Folder of the models that come with the package; {@link MODELS_FOLDER} if not given. */
  readonly modelsFolder?: string | undefined;
}

/**
 * Tells what a model's name means: the model that comes with the package, a folder or file that exists, else a hub id.
 *
 * @param model such as `lamm/picture-world`, `./my-clip`, `ViT-B-16.pt`, `openai/clip-vit-base-patch16` or
 *   `owner/name@revision`
 * @throws {ConfigError} if it is none of these, or the package came without its model
 */
export function parseModelName(
  model: string,
  { modelsFolder = MODELS_FOLDER }: ResolveOptions = {},
): ModelPlace {
  // Before paths: an adapter that names it has to find it in whatever folder the program is started.
  if (model === EMBEDDED_MODEL) return { kind: "embedded", path: embeddedFolder(modelsFolder) };
  const path = resolve(model.replace(/^~(?=\/)/, homedir()));
  if (model !== "" && existsSync(path)) {
    if (!statSync(path).isDirectory()) return { kind: "file", path };
    return { kind: isEmbedded(path, modelsFolder) ? "embedded" : "folder", path };
  }
  const [, repository, revision = "main"] = HUB_NAME.exec(model) ?? [];
  const isPath = WEIGHT_FILE.test(model) || /^[.~/\\]/.test(model);
  if (repository !== undefined && !isPath && !revision.split("/").includes("..")) {
    return { kind: "hub", repository, revision };
  }
  throw new ConfigError({
    where: `model "${model}"`,
    expected: "a folder, a file, or a hub id such as openai/clip-vit-base-patch16",
    got: isPath ? "a path where there is nothing" : "none of these",
    fix: isPath ? "Check the path." : "Write hub ids as owner/name, or owner/name@revision.",
  });
}

/**
 * Finds a checkpoint's files, downloading those that are missing.
 *
 * @param model folder, file or hub id
 * @throws {ConfigError} if there is no such model, or it may not be read
 * @throws {ModelFileError} if it has no weights, or a file of it is damaged
 * @throws {StorageError} if it is not on this machine and cannot be downloaded
 */
export async function resolveModel(model: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const place = parseModelName(model, options);
  if (place.kind === "hub") {
    const files = await withHubFiles(place, findModelFiles, options);
    if (files === undefined) throw noWeights(`model "${place.repository}"`);
    return { id: model, place, files };
  }
  const files = place.kind === "file" ? await findFile(place.path) : await findInFolder(place.path);
  return { id: place.kind === "embedded" ? EMBEDDED_MODEL : place.path, place, files };
}

/** Whether the hub's cache holds all that a model needs, tokenizer included: it loads without a network. */
export async function isModelCached(model: HubModel): Promise<boolean> {
  if ((await findHubFilesInCache(model, findModelFiles)) === undefined) return false;
  const own = await findHubFilesInCache(model, findTokenizerFiles);
  return (own ?? (await findHubFilesInCache(USUAL_TOKENIZER, findTokenizerFiles))) !== undefined;
}

/**
 * Finds the tokenizer's files of a checkpoint: its own, or for a model on the hub that has none, those of
 * `openai/clip-vit-base-patch32`.
 *
 * @param place of the checkpoint
 * @throws {ModelFileError} if there is none beside a local checkpoint
 * @throws {StorageError} if it cannot be downloaded
 */
export async function resolveTokenizer(
  place: ModelPlace,
  options: FetchOptions = {},
): Promise<TokenizerFiles> {
  if (place.kind === "hub") return resolveHubTokenizer(place, options);
  if (place.kind === "file" && basename(place.path).endsWith(".json")) return { tokenizer: place.path };
  const folder = place.kind === "file" ? dirname(place.path) : place.path;
  const files = await findTokenizerFiles(folderReader(folder));
  if (files !== undefined) return files;
  throw new ModelFileError({
    where: folder,
    expected: "a tokenizer.json beside the weights",
    got: "none",
    fix:
      "Put one there, or give one as the option `tokenizer`: a path, or a hub id such as " +
      `${USUAL_TOKENIZER.repository}, whose tokenizer is that of OpenAI's and most other CLIPs.`,
  });
}

async function resolveHubTokenizer(model: HubModel, options: FetchOptions): Promise<TokenizerFiles> {
  const own = await withHubFiles(model, findTokenizerFiles, options);
  if (own !== undefined) return own;
  try {
    const usual = await withHubFiles(USUAL_TOKENIZER, findTokenizerFiles, options);
    if (usual !== undefined) return usual;
  } catch (cause) {
    throw withoutTokenizer(model, cause);
  }
  throw withoutTokenizer(model);
}

function withoutTokenizer(model: HubModel, cause?: unknown): ModelFileError {
  const reason = cause instanceof Error ? `: ${cause.message}` : "";
  return new ModelFileError({
    where: `model "${model.repository}"`,
    expected: `a tokenizer of its own, or that of ${USUAL_TOKENIZER.repository}, which most CLIPs share`,
    got: `neither${reason}`,
    fix: "Give one as the option `tokenizer`: a path or a hub id.",
    cause,
  });
}

/** Whether a folder is that of the embedded model, by whatever path. */
function isEmbedded(folder: string, modelsFolder: string): boolean {
  const embedded = findEmbeddedFolder(modelsFolder);
  return embedded !== undefined && realpathSync(folder) === realpathSync(embedded);
}

function folderReader(folder: string): GetFile {
  return async (name) => {
    const path = join(folder, name);
    return existsSync(path) ? path : undefined;
  };
}

/** Files by the usual names, or the only file of weights that there is. */
async function findInFolder(folder: string): Promise<ModelFiles> {
  const files = await findModelFiles(folderReader(folder));
  if (files !== undefined) return files;
  const [only, ...others] = readdirSync(folder).filter((name) => WEIGHT_FILE.test(name));
  if (only !== undefined && others.length === 0) return findFile(join(folder, only));
  throw noWeights(folder, [only, ...others].slice(0, 5).join(", "));
}

function findFile(path: string): Promise<ModelFiles> {
  return findFilesBeside(path, folderReader(dirname(path)));
}

function noWeights(where: string, several = ""): ModelFileError {
  return new ModelFileError({
    where,
    expected: "weights such as model.safetensors or pytorch_model.bin",
    got: several === "" ? "none" : `several files: ${several}`,
    fix:
      several === ""
        ? "Check that it is the folder or id of a whole CLIP."
        : "Name the file instead of the folder.",
  });
}
