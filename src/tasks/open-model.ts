import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { type LoadClipOptions, loadClip } from "../clip/node/load-clip.ts";
import { type Preprocessing, preprocessingKey, preprocessingOf } from "../clip/preprocess.ts";
import { checkDevice, createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Runtime, RuntimeOptions } from "../runtime/runtime.ts";
import type { BaseModel } from "../training/adapter.ts";
import { chooseDefaultModel } from "./default-model.ts";

/** Which model to open, and where it runs. */
export interface OpenModelOptions extends LoadClipOptions, RuntimeOptions {
  /** A folder, a file, a hub id, or that of the embedded model; what `chooseDefaultModel` chooses if not given. */
  readonly model?: string;
  /** Called with a sentence where no model is given and the usual one cannot be had, so that another one is used. */
  readonly onNotice?: (notice: string) => void;
}

/** A CLIP with an engine to run it. */
export interface OpenModel {
  readonly clip: ClipCheckpoint;
  readonly runtime: Runtime;
  readonly preprocessing: Preprocessing;
  /** What an adapter trained on it says of it. */
  readonly baseModel: BaseModel;
}

/**
 * Loads a CLIP and an engine for it.
 *
 * @throws {ConfigError} if there is no such model
 * @throws {StorageError} if it is not on this machine and cannot be downloaded
 * @throws {EngineError} if the device is not there
 * @throws {ModelFileError} if the model's files are damaged
 * @example
 * const model = await openModel({ model: "openai/clip-vit-base-patch16" });
 */
export async function openModel({
  model,
  device,
  threads,
  onNotice,
  ...load
}: OpenModelOptions = {}): Promise<OpenModel> {
  // The device first: it takes no time to find that it is not there.
  const runtime = createNodeRuntime({ ...(device && { device }), ...(threads !== undefined && { threads }) });
  if (runtime.device !== "cpu") await checkDevice(runtime.device);
  const { modelsFolder } = load;
  const choice = { ...(modelsFolder !== undefined && { modelsFolder }), ...(onNotice && { onNotice }) };
  const clip = await loadClip(model ?? (await chooseDefaultModel(choice)).model, load);
  const preprocessing = preprocessingOf(clip.config);
  const baseModel = {
    id: clip.id,
    weightsHash: clip.weightsHash,
    preprocessing: preprocessingKey(preprocessing),
  };
  return { clip, runtime, preprocessing, baseModel };
}
