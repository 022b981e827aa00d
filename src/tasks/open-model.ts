import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { type LoadClipOptions, loadClip } from "../clip/node/load-clip.ts";
import { type Preprocessing, preprocessingKey, preprocessingOf } from "../clip/preprocess.ts";
import { checkDevice, createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Runtime, RuntimeOptions } from "../runtime/runtime.ts";
import type { BaseModel } from "../training/adapter.ts";

/** Model that is used where none is named. */
export const DEFAULT_MODEL = "openai/clip-vit-base-patch16";

/** Which model to open, and where it runs. */
export interface OpenModelOptions extends LoadClipOptions, RuntimeOptions {
  /** A folder, a file, or a hub id; {@link DEFAULT_MODEL} if not given. */
  readonly model?: string;
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
 * @throws {EngineError} if the device is not there
 * @throws {ModelFileError} if the model's files are damaged
 * @example
 * const model = await openModel({ model: "openai/clip-vit-base-patch16" });
 */
export async function openModel({
  model = DEFAULT_MODEL,
  device,
  threads,
  ...load
}: OpenModelOptions = {}): Promise<OpenModel> {
  // The device first: it takes no time to find that it is not there.
  const runtime = createNodeRuntime({ ...(device && { device }), ...(threads !== undefined && { threads }) });
  if (runtime.device !== "cpu") await checkDevice(runtime.device);
  const clip = await loadClip(model, load);
  const preprocessing = preprocessingOf(clip.config);
  const baseModel = {
    id: clip.id,
    weightsHash: clip.weightsHash,
    preprocessing: preprocessingKey(preprocessing),
  };
  return { clip, runtime, preprocessing, baseModel };
}
