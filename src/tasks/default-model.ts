import { EMBEDDED_MODEL, findEmbeddedFolder, MODELS_FOLDER } from "../clip/node/embedded-model.ts";
import { type HubProbe, probeHub } from "../clip/node/probe-hub.ts";
import { isModelCached, parseModelName } from "../clip/node/resolve-model.ts";
import { StorageError } from "../errors.ts";

/** Model that is used where none is named and this one can be had; else it is {@link EMBEDDED_MODEL}. */
export const DEFAULT_MODEL = "openai/clip-vit-base-patch16";

/** The model that is used where none is named. */
export interface ModelChoice {
  /** {@link DEFAULT_MODEL} or {@link EMBEDDED_MODEL}. */
  readonly model: string;
  /** Where it comes from: a folder of that name, the hub's cache, the hub, or this package. */
  readonly source: "folder" | "cache" | "hub" | "package";
  /** Why it is this one, as the end of a sentence. */
  readonly reason: string;
}

/** How the choice is made. */
export interface ModelChoiceOptions {
  /** Folder of the models that come with this package; that of the installed package if not given. */
  readonly modelsFolder?: string;
  /** Called with a sentence that names both models, where it is not {@link DEFAULT_MODEL}. */
  readonly onNotice?: (notice: string) => void;
  /** Asks the hub for {@link DEFAULT_MODEL}; called only where it is not on this machine. */
  readonly probe?: () => Promise<HubProbe>;
}

/** {@link DEFAULT_MODEL} as a model on the hub. */
export const DEFAULT_HUB_MODEL = { repository: DEFAULT_MODEL, revision: "main" };

/**
 * Chooses the model for who names none: {@link DEFAULT_MODEL} where it is on this machine or the hub gives it, else the
 * small one that came with the package. Nothing is downloaded, and a network that does not answer costs three seconds.
 *
 * @throws {StorageError} if neither can be had
 * @throws {ConfigError} if the settings of the hub are wrong
 */
export async function chooseDefaultModel({
  modelsFolder = MODELS_FOLDER,
  onNotice = () => {},
  probe = () => probeHub(DEFAULT_HUB_MODEL),
}: ModelChoiceOptions = {}): Promise<ModelChoice> {
  const model = DEFAULT_MODEL;
  if (parseModelName(model).kind !== "hub") {
    return { model, source: "folder", reason: "there is a folder of that name" };
  }
  if (await isModelCached(DEFAULT_HUB_MODEL)) return { model, source: "cache", reason: "it is in the cache" };
  const result = await probe();
  if (result.outcome === "answers") return { model, source: "hub", reason: "the hub has it" };
  const why = `${model} is not in the cache, and ${describe(result)}`;
  if (findEmbeddedFolder(modelsFolder) === undefined) throw neither(modelsFolder, why, result);
  onNotice(
    `${why}. Using ${EMBEDDED_MODEL}, the small model that comes with lamm and knows little of photos. For the other, ` +
      `connect to the hub or name its folder with --model; to choose this one yourself, --model ${EMBEDDED_MODEL}.`,
  );
  return { model: EMBEDDED_MODEL, source: "package", reason: why };
}

type Refusal = Exclude<HubProbe, { readonly outcome: "answers" }>;

function describe(result: Refusal): string {
  if (result.outcome === "offline") return "HF_HUB_OFFLINE is set";
  const { expected, got } = result.error.details;
  return `the hub does not give it (expected ${expected}, got ${got})`;
}

function neither(modelsFolder: string, why: string, result: Refusal): StorageError {
  return new StorageError({
    where: "default model",
    expected: `${DEFAULT_MODEL}, or ${EMBEDDED_MODEL} in ${modelsFolder}`,
    got: `neither: ${why}, and there is no such folder`,
    fix: "Connect to the hub, name another model, or install lamm again.",
    ...(result.outcome === "fails" && { cause: result.error }),
  });
}
