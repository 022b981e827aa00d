// Node only: reads the hub and its cache.
import { listFiles } from "@huggingface/hub";
import { ModelFileError, StorageError } from "../../errors.ts";
import { accessHub, askHub, malformedAnswer } from "./ask-hub.ts";
import type { GetFile } from "./find-model-files.ts";
import { type HubCache, openHubCache } from "./hub-cache.ts";
import { type DownloadProgress, downloadHubFile, type HubFile } from "./hub-download.ts";
import { hubErrorOf } from "./hub-errors.ts";
import { type HubSettings, readHubSettings } from "./hub-settings.ts";

/** A configuration or tokenizer larger than this is none; OpenAI's tokenizer has 2 MB, multilingual ones 17. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
const WEIGHTS = /\.(safetensors|bin)$/;
const HASH = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
/** Files whose absence from the cache may not be taken for absence: the activation, and parts of the weights. */
const DECISIVE = /^config\.json$|-\d+-of-\d+\./;

/** Milliseconds that each answer about a model may take, where nothing can be done without it. */
const PATIENCE = 30_000;
/** The same where the cache may do. */
const SHORT_PATIENCE = 3_000;

/** A model on the hub. */
export interface HubModel {
  /** Owner and name, such as `openai/clip-vit-base-patch16`. */
  readonly repository: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/** How files are fetched. */
export interface FetchOptions {
  /** Called while files are downloaded. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** Gives up on the cache; never reaches a caller. */
class NotCachedError extends Error {}

/** Contents of a repository at one commit. */
interface Listing {
  readonly commit: string;
  readonly files: ReadonlyMap<string, HubFile>;
}

/**
 * Finds files of a model on the hub, in the cache where all that is asked for is known there, and else on the hub. A
 * cached model is not asked for again: it works without a network, and stays the same until it is asked for by another
 * revision.
 *
 * @param find asks for files one by one, by their names; may be called again with another way to get them
 * @returns what `find` returns
 * @throws {ConfigError} if the model does not exist or may not be read
 * @throws {StorageError} if it is not in the cache and there is no network, or the cache cannot be written to
 */
export async function withHubFiles<T>(
  model: HubModel,
  find: (get: GetFile) => Promise<T>,
  { onProgress }: FetchOptions = {},
): Promise<T> {
  const settings = readHubSettings();
  const cache = openHubCache(settings.cache, model.repository);
  const cached = await findCached(model, cache, find, /./);
  if (cached !== undefined) return cached.value;
  // Without a network the cache has to do; what it does not hold counts as absent where that does no harm.
  const partial = (await findCached(model, cache, find, DECISIVE))?.value;
  const patience = partial === undefined ? PATIENCE : SHORT_PATIENCE;
  const listing = settings.offline ? offlineError(model) : await listModel(model, settings, patience);
  if (listing instanceof Error) {
    if (partial === undefined) throw listing;
    return partial;
  }
  cache.saveCommit(model.revision, listing.commit);
  return find(async (name) => {
    const file = listing.files.get(name);
    if (file === undefined) cache.saveAbsent(listing.commit, name);
    return file && (cache.find(file.commit, name) ?? fetchFile(file, cache, settings, model, onProgress));
  });
}

/**
 * Finds files of a model in the hub's cache alone, as {@link withHubFiles} would without a network.
 *
 * @returns what `find` returns, or `undefined` if the cache does not hold enough to tell
 */
export async function findHubFilesInCache<T>(
  model: HubModel,
  find: (get: GetFile) => Promise<T>,
): Promise<T | undefined> {
  const cache = openHubCache(readHubSettings().cache, model.repository);
  return (await findCached(model, cache, find, DECISIVE))?.value;
}

/** Finds files in the cache alone; gives up if a file is neither there nor absent, and its name is among `mustKnow`. */
async function findCached<T>(
  model: HubModel,
  cache: HubCache,
  find: (get: GetFile) => Promise<T>,
  mustKnow: RegExp,
): Promise<{ readonly value: T } | undefined> {
  const commit = cache.findCommit(model.revision);
  if (commit === undefined) return undefined;
  try {
    const value = await find(async (name) => {
      const path = cache.find(commit, name);
      if (path === undefined && mustKnow.test(name) && !cache.isAbsent(commit, name))
        throw new NotCachedError();
      return path;
    });
    return { value };
  } catch (error) {
    if (error instanceof NotCachedError) return undefined;
    throw error;
  }
}

/** Asks the hub what is in a model; the error, if it cannot be reached, is left to the caller. */
async function listModel(
  model: HubModel,
  settings: HubSettings,
  patience: number,
): Promise<Listing | StorageError> {
  const { repository } = model;
  try {
    const commit = await askHub(model, settings, patience);
    const files = new Map<string, HubFile>();
    const access = accessHub(settings, patience);
    for await (const entry of listFiles({ repo: repository, revision: commit, ...access })) {
      const hash = entry.lfs?.oid ?? entry.oid ?? "";
      const { path: name, size: byteLength } = entry;
      if (entry.type === "file") files.set(name, { repository, commit, name, byteLength, hash });
    }
    return { commit, files };
  } catch (cause) {
    const error = hubErrorOf(model, settings, cause);
    if (error instanceof StorageError) return error;
    throw error;
  }
}

async function fetchFile(
  file: HubFile,
  cache: HubCache,
  settings: HubSettings,
  model: HubModel,
  onProgress: FetchOptions["onProgress"],
): Promise<string> {
  if (!HASH.test(file.hash)) throw malformedAnswer(model, `hash "${file.hash}" of ${file.name}`);
  if (!WEIGHTS.test(file.name) && file.byteLength > MAX_TEXT_BYTES) {
    throw new ModelFileError({
      where: `${file.repository}, ${file.name}`,
      expected: `at most ${MAX_TEXT_BYTES} bytes`,
      got: String(file.byteLength),
    });
  }
  try {
    await downloadHubFile(file, { settings, path: cache.blobPath(file.hash), onProgress });
  } catch (cause) {
    throw hubErrorOf(model, settings, cause);
  }
  return cache.link(file.commit, file.name, file.hash);
}

function offlineError({ repository }: HubModel): StorageError {
  return new StorageError({
    where: `model "${repository}"`,
    expected: "it in the cache, as HF_HUB_OFFLINE is set",
    got: "no complete copy",
    fix: "Unset HF_HUB_OFFLINE to download it, or name a local folder.",
  });
}
