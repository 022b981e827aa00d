import { classify } from "../clip/zero-shot.ts";
import type { LabelledPicture } from "../data/image-folder.ts";
import { DataError } from "../errors.ts";
import type { Method } from "../methods/method.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Adapter, checkAdapterFits } from "../training/adapter.ts";
import { featureBlocks } from "../training/feature-blocks.ts";
import { argMax, type Evaluation, evaluatePredictions, rowsOf } from "../training/metrics.ts";
import { createScoreSummary } from "../training/score-summary.ts";
import { type Doubts, measureDoubts } from "./doubts.ts";
import { drawSupport, type SupportDraw } from "./draw-support.ts";
import { type DuplicatePictures, findDuplicatePictures } from "./duplicate-pictures.ts";
import type { EncodeOptions, UnreadablePicture } from "./encode-pictures.ts";
import { matchClasses } from "./match-classes.ts";
import { openPictureSource } from "./open-picture-source.ts";
import type { PictureSource, SourceModel, TestPart } from "./picture-source.ts";
import { centreFeatures, scorePictures } from "./score-pictures.ts";

/** How an adapter did on a folder, with zero-shot CLIP beside it where the adapter knows its text features. */
export interface AdapterEvaluation extends Doubts {
  /** Part of the folder that was used. */
  readonly split: TestPart["split"];
  readonly classNames: readonly string[];
  readonly adapter: Evaluation;
  readonly zeroShot?: Evaluation;
  /** Test pictures that look the same as training pictures; absent where the pictures are not divided. */
  readonly nearDuplicates?: DuplicatePictures;
  readonly unreadable: readonly UnreadablePicture[];
}

/** How an adapter is evaluated. */
export interface EvaluateOptions extends EncodeOptions {
  /** Of the adapter's file, as errors show it. */
  readonly name?: string;
  /**
   * Pictures that it learned from, among which near-duplicates are looked for; the draw that its configuration names if not given,
   * which the cache has after training.
   */
  readonly learned?: readonly LabelledPicture[];
  /** Methods to choose from; all that come with the library if not given. */
  readonly methods?: readonly Method[];
}

/**
 * Evaluates an adapter on a folder's `test` part (`val` where it has none, all of it where it has neither), or on those of a file
 * of features. There may be no pictures of some of the adapter's classes, but none of others; classes are matched by name,
 * that of a renamed class's prompt too.
 *
 * @returns `undefined` where the signal stopped it
 * @throws {ModelFileError} if the adapter belongs to another model
 * @throws {DataError} if the folder has classes that the adapter does not know, or no readable picture
 */
export async function evaluateAdapter(
  model: SourceModel,
  adapter: Adapter,
  path: string,
  options: EvaluateOptions = {},
): Promise<AdapterEvaluation | undefined> {
  return evaluateOnSource(openPictureSource(model, path), adapter, options);
}

/** As {@link evaluateAdapter}, on pictures that are open already. */
export async function evaluateOnSource(
  source: PictureSource,
  adapter: Adapter,
  { name = "adapter", learned, methods, ...options }: EvaluateOptions = {},
): Promise<AdapterEvaluation | undefined> {
  checkAdapterFits(name, adapter, source.baseModel);
  const labelOf = classesOf(adapter, source);
  const { split, pictures } = source.testPart;
  const encode = (imagePrompts?: readonly Tensor<"float32">[]) =>
    source.encode(pictures, { ...options, views: 1, seed: 0, ...(imagePrompts && { imagePrompts }) });
  const { runtime, clip, path } = source;
  const { calibration, rejection } = adapter;
  const summary = createScoreSummary({ ...calibration, rejection });
  const scoring = { runtime, ...(clip && { clip }), methods, where: path, encode, onLogits: summary.add };
  const scored = await scorePictures(adapter, scoring);
  if (scored === undefined) return undefined;
  const { indices, unreadable } = scored;
  const readable = indices.flatMap((index) => pictures[index] ?? []);
  const labels = readable.map(({ label }) => labelOf[label] ?? 0);
  // Words, and other pictures, are compared with the features of CLIP's own image tower.
  const plain = adapter.imagePrompts && (await encode());
  if (adapter.imagePrompts && plain === undefined) return undefined;
  const features = plain ? centreFeatures(plain) : scored.features;
  const words = adapter.originalTextFeatures;
  const zeroShotPredicted = words && predictFeatures(features, words);
  const classCount = adapter.classNames.length;
  const nearDuplicates = source.isDivided
    ? await findDuplicatePictures(source, {
        ...options,
        learned: learned ?? drawSupport(source, drawOf(adapter)),
        test: readable,
        testFeatures: features,
      })
    : undefined;
  if (source.isDivided && nearDuplicates === undefined) return undefined;
  return {
    split,
    classNames: adapter.classNames,
    adapter: evaluatePredictions(summary.predicted, labels, classCount),
    ...(zeroShotPredicted && { zeroShot: evaluatePredictions(zeroShotPredicted, labels, classCount) }),
    ...measureDoubts(adapter, { summary, labels, zeroShotPredicted }),
    ...(nearDuplicates && { nearDuplicates }),
    unreadable,
  };
}

/** The draw of an adapter's training, as its configuration names it. */
function drawOf({ config: { shots, seed } }: Adapter): SupportDraw {
  return {
    shots: typeof shots === "number" ? shots : undefined,
    seed: typeof seed === "number" ? seed : 1,
  };
}

/**
 * Compares the nearest text feature of each picture with its label.
 *
 * @param features `[N, D]` or `[N, 1, D]`
 */
export function scoreFeatures(
  features: Tensor<"float32">,
  textFeatures: Tensor<"float32">,
  labels: readonly number[],
): Evaluation {
  const flat = { ...features, shape: [features.shape[0] ?? 0, features.shape.at(-1) ?? 0] };
  return evaluatePredictions(predictFeatures(flat, textFeatures), labels, textFeatures.shape[0] ?? 0);
}

/** The nearest text feature of each picture. */
function predictFeatures(features: Tensor<"float32">, textFeatures: Tensor<"float32">): number[] {
  const blocks = featureBlocks(features, { classCount: textFeatures.shape[0] ?? 0 });
  return [...blocks].flatMap((block) => rowsOf(classify(block, textFeatures, 1)).map(argMax));
}

/** Compares the largest logit of each picture, `[N, C]`, with its label. */
export function evaluateLogits(logits: Tensor<"float32">, labels: readonly number[]): Evaluation {
  return evaluatePredictions(rowsOf(logits).map(argMax), labels, logits.shape[1] ?? 0);
}

/** The adapter's class index of each of the folder's classes. */
function classesOf(adapter: Adapter, { classNames, path }: PictureSource): number[] {
  const labels = matchClasses(adapter, classNames);
  const strangers = classNames.filter((_, label) => labels[label] === -1);
  if (strangers.length === 0) return labels;
  throw new DataError({
    where: path,
    expected: `classes of the adapter: ${adapter.classNames.join(", ")}`,
    got: strangers.map((name) => `"${name}"`).join(", "),
    fix: "Rename the folders, or train on these classes.",
  });
}
