import { sampleShots } from "../data/few-shot-sampling.ts";
import { type ImageFolder, type LabelledPicture, readImageFolder } from "../data/image-folder.ts";
import { DataError } from "../errors.ts";
import { createPrompts } from "../methods/prompts.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createRandom } from "../tensor/random.ts";
import type { Adapter } from "../training/adapter.ts";
import { fitAdapter } from "../training/fit-adapter.ts";
import { createCheckpointFile } from "../training/node/checkpoint-file.ts";
import { resolveTrainConfig, type TrainConfig, type TrainConfigInput } from "../training/train-config.ts";
import type { EpochReport } from "../training/trainer.ts";
import {
  type EncodedPictures,
  type EncodeOptions,
  encodePictures,
  type UnreadablePicture,
} from "./encode-pictures.ts";
import type { OpenModel } from "./open-model.ts";
import { runIdentity } from "./run-identity.ts";

/** How a folder is trained on, besides what {@link TrainConfigInput} says. */
export interface TrainOptions extends EncodeOptions {
  readonly config?: TrainConfigInput;
  /** File that keeps the run's state between epochs, so that a stopped run can go on; none if not given. */
  readonly checkpoint?: string;
  readonly onEpoch?: (report: EpochReport) => void;
}

/** A trained adapter and what went into it. */
export interface TrainResult {
  readonly adapter: Adapter;
  /** Pictures that were learned from. */
  readonly pictures: readonly LabelledPicture[];
  readonly unreadable: readonly UnreadablePicture[];
  /** Passes of the text tower, forward and back over all classes. */
  readonly passes: number;
  /** Removes the run's checkpoint; to be called once the adapter is safe. */
  clearCheckpoint(): void;
}

/**
 * Trains an adapter on a folder with one sub-folder of pictures a class (its `train` part, where it has one).
 *
 * @returns `undefined` where the signal stopped it
 * @throws {ConfigError} if the configuration is wrong
 * @throws {DataError} if the folder is, or a class has no readable picture
 * @example
 * const result = await trainOnFolder(model, "photos", { config: { shots: 16, seed: 1 } });
 */
export async function trainOnFolder(
  model: OpenModel,
  folder: string,
  options: TrainOptions = {},
): Promise<TrainResult | undefined> {
  const config = resolveTrainConfig(options.config ?? {});
  const contents = readImageFolder(folder);
  // Names and template take no time to check, and pictures may take minutes to encode.
  createPrompts(model.clip.tokenizer, contents.classNames, config.template);
  const support = await encodeSupport(model, contents, config, options);
  if (support === undefined) return undefined;
  const { pictures, encoded, unreadable } = support;
  const { signal, checkpoint, onEpoch, onNotice } = options;
  const data = { features: encoded.features, labels: pictures.map(({ label }) => label) };
  const checkpoints = checkpoint === undefined ? undefined : openCheckpoint(checkpoint);
  function openCheckpoint(path: string) {
    const run = runIdentity({ model, config, classNames: contents.classNames, encoded, labels: data.labels });
    return createCheckpointFile(path, run, onNotice);
  }
  const fit = await fitAdapter({
    runtime: model.runtime,
    clip: model.clip,
    baseModel: model.baseModel,
    classNames: contents.classNames,
    data,
    config,
    readFloat32,
    ...(checkpoints && { checkpoints }),
    ...(onEpoch && { onEpoch }),
    ...(signal && { signal }),
  });
  return fit && { ...fit, pictures, unreadable, clearCheckpoint: () => checkpoints?.clear() };
}

interface Support {
  readonly pictures: readonly LabelledPicture[];
  readonly encoded: EncodedPictures;
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Draws the shots and encodes them. Where one of them cannot be read, the draw is made again without it, so that a broken
 * file costs no shot as long as its class has others.
 */
async function encodeSupport(
  model: OpenModel,
  contents: ImageFolder,
  { shots, seed, views }: TrainConfig,
  options: EncodeOptions,
): Promise<Support | undefined> {
  const pool = trainingPictures(contents);
  const unreadable = new Map<string, UnreadablePicture>();
  for (;;) {
    const left = pool.filter(({ path }) => !unreadable.has(path));
    checkEveryClass(contents.classFolders, left, unreadable.size);
    const random = createRandom(seed);
    const pictures = shots === undefined ? left : sampleShots({ train: left }, { shots, random }).train;
    const paths = pictures.map(({ path }) => path);
    const encoded = await encodePictures(model, paths, { ...options, views, seed });
    if (encoded === undefined) return undefined;
    if (encoded.unreadable.length === 0) return { pictures, encoded, unreadable: [...unreadable.values()] };
    for (const picture of encoded.unreadable) unreadable.set(picture.path, picture);
  }
}

/** The `train` part, or all of a folder that is not divided. */
function trainingPictures({ splits, all }: ImageFolder): readonly LabelledPicture[] {
  const parts = Object.keys(splits);
  if (splits.train !== undefined || parts.length === 0) return splits.train ?? all;
  throw new DataError({
    where: "training pictures",
    expected: `a train folder beside ${parts.join(" and ")}`,
    got: "none",
    fix: "Add one, or name the folder whose pictures may be learned from.",
  });
}

function checkEveryClass(
  classFolders: readonly string[],
  pictures: readonly LabelledPicture[],
  unreadable: number,
): void {
  const present = new Set(pictures.map(({ label }) => label));
  const empty = classFolders.filter((_, label) => !present.has(label));
  if (empty.length === 0) return;
  throw new DataError({
    where: "training pictures",
    expected: "at least one readable picture in each class folder",
    got: `none in ${empty.map((name) => `"${name}"`).join(", ")} (${unreadable} pictures could not be read)`,
    fix: "Replace the broken files or remove the class.",
  });
}
