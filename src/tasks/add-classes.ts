import type { LabelledPicture } from "../data/image-folder.ts";
import type { Method } from "../methods/method.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { type Adapter, type Addition, checkAdapterFits } from "../training/adapter.ts";
import type { FeatureSet } from "../training/feature-set.ts";
import { fitAddition } from "../training/fit-addition.ts";
import { createCheckpointFile } from "../training/node/checkpoint-file.ts";
import {
  type AdditionConfigInput,
  type AdditionPlan,
  type AdditionRequest,
  planAddition,
} from "../training/plan-addition.ts";
import type { EpochReport } from "../training/trainer.ts";
import { digestOf } from "./digest-of-adapter.ts";
import type { EncodeOptions, UnreadablePicture } from "./encode-pictures.ts";
import type { OpenModel } from "./open-model.ts";
import { openPictureSource } from "./open-picture-source.ts";
import type { PictureSource } from "./picture-source.ts";
import { prepareSupport } from "./prepare-support.ts";
import { runIdentity } from "./run-identity.ts";

/** How classes are added; what is not given is as the adapter's own classes were learned. */
export interface AddClassesOptions extends EncodeOptions, Pick<AdditionRequest, "allowEqualNames"> {
  /** Of the adapter's file, as errors show it. */
  readonly name?: string;
  readonly config?: AdditionConfigInput;
  /**
   * What the new classes learn to be told from: `old` for the adapter's classes and each other, `none` for each other alone, as
   * published. `old` if not given, `none` where prompts depend on the picture.
   */
  readonly negatives?: Addition["negatives"];
  /** Methods to find the adapter's among; all that come with the library if not given. */
  readonly methods?: readonly Method[];
  /** File that keeps the run's state between epochs, so that a stopped run can go on; none if not given. */
  readonly checkpoint?: string;
  readonly onEpoch?: (report: EpochReport) => void;
}

/** An adapter that classes have joined, and what went into it. */
export interface AddClassesResult {
  readonly adapter: Adapter;
  /** Names of the classes that joined; they are the adapter's last ones. */
  readonly added: readonly string[];
  /** Whether there was something to train; a method that shares all it learned needs the names alone. */
  readonly trained: boolean;
  readonly negatives: Addition["negatives"];
  /** Pictures that were learned from. */
  readonly pictures: readonly LabelledPicture[];
  readonly unreadable: readonly UnreadablePicture[];
  /** Passes of the text tower, forward and back over the new classes. */
  readonly passes: number;
  /** Removes the run's checkpoint; to be called once the adapter is safe. */
  clearCheckpoint(): void;
}

/**
 * Learns the classes of a folder, or of a file of features, and adds them to an adapter. What the adapter has stays as it is, to the
 * byte; only its calibration is dropped, which was measured without the new classes.
 *
 * @param path one sub-folder of pictures a new class (its `train` part, where it has one), one class at least
 * @returns `undefined` where the signal stopped it
 * @throws {ModelFileError} if the adapter belongs to another model
 * @throws {ConfigError} if its method fits all classes together, or there is nothing that a new class could be told from
 * @throws {DataError} if the adapter has a class of one of the names, or a class has no readable picture
 * @see Gao et al. 2024, section 4, class-incremental learning, https://arxiv.org/abs/2312.08212
 * @example
 * const result = await addClasses(model, readAdapter("pets.safetensors"), "new-pets");
 * if (result) saveAdapter("pets.safetensors", result.adapter);
 */
export async function addClasses(
  model: OpenModel,
  adapter: Adapter,
  path: string,
  options: AddClassesOptions = {},
): Promise<AddClassesResult | undefined> {
  return addClassesOfSource(model, adapter, openPictureSource(model, path, { minClasses: 1 }), options);
}

/** As {@link addClasses}, of pictures that are open already. */
export async function addClassesOfSource(
  model: OpenModel,
  adapter: Adapter,
  source: PictureSource,
  options: AddClassesOptions = {},
): Promise<AddClassesResult | undefined> {
  const { name = "adapter", config, negatives, methods, signal, onEpoch, onNotice, checkpoint } = options;
  checkAdapterFits(name, adapter, source.baseModel);
  const { classNames } = source;
  const request: AdditionRequest = {
    ...{ adapter, classNames, clip: model.clip, readFloat32 },
    ...(config && { config }),
    ...(negatives && { negatives }),
    ...(methods && { methods }),
    ...(options.allowEqualNames && { allowEqualNames: true }),
  };
  const plan = planAddition(request);
  const support = await prepareAddition(source, adapter, plan, options);
  if (support === undefined) return undefined;
  const { data, ...rest } = support;
  const checkpoints =
    checkpoint === undefined || data === undefined
      ? undefined
      : createCheckpointFile(
          checkpoint,
          runIdentity({ source, config: plan.config, data, base: digestOf(adapter, plan.negatives) }),
          onNotice,
        );
  const fit = await fitAddition({
    ...{ adapter, classNames, clip: model.clip, readFloat32, runtime: model.runtime, plan },
    ...(methods && { methods }),
    ...(data && { data }),
    ...(signal && { signal }),
    ...(onEpoch && { onEpoch }),
    ...(checkpoints && { checkpoints }),
  });
  const { trains: trained } = plan;
  return (
    fit && {
      ...{ ...fit, ...rest, added: classNames, trained, negatives: plan.negatives },
      clearCheckpoint: () => checkpoints?.clear(),
    }
  );
}

interface AdditionSupport extends Pick<AddClassesResult, "pictures" | "unreadable"> {
  readonly data?: FeatureSet;
}

/** Pictures to learn from, encoded as the adapter sees them; none where nothing is trained. */
async function prepareAddition(
  source: PictureSource,
  { imagePrompts = [] }: Adapter,
  { trains, config }: AdditionPlan,
  options: AddClassesOptions,
): Promise<AdditionSupport | undefined> {
  if (!trains) return { pictures: [], unreadable: [] };
  const prompts = imagePrompts.length > 0 ? imagePrompts : undefined;
  const support = await prepareSupport(source, config, { ...options, imagePrompts: prompts });
  return support && { ...support, data: support.data as FeatureSet };
}
