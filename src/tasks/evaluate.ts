import { classify } from "../clip/zero-shot.ts";
import { type ImageFolder, type LabelledPicture, readImageFolder } from "../data/image-folder.ts";
import { DataError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Adapter, checkAdapterFits } from "../training/adapter.ts";
import { argMax, type Evaluation, evaluatePredictions, rowsOf } from "../training/metrics.ts";
import { type EncodeOptions, encodePictures, type UnreadablePicture } from "./encode-pictures.ts";
import type { OpenModel } from "./open-model.ts";
import { scorePictures } from "./score-pictures.ts";

/** The pictures of a folder that a classifier is tested on. */
export interface TestPart {
  /** `all` where the folder is not divided. */
  readonly split: "test" | "val" | "all";
  readonly pictures: readonly LabelledPicture[];
}

/** How an adapter did on a folder, with zero-shot CLIP beside it where the adapter knows its text features. */
export interface AdapterEvaluation {
  /** Part of the folder that was used. */
  readonly split: TestPart["split"];
  readonly classNames: readonly string[];
  readonly adapter: Evaluation;
  readonly zeroShot?: Evaluation;
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Evaluates an adapter on a folder's `test` part (`val` where it has none, all of it where it has neither). The folder may
 * lack classes of the adapter, but has no others; classes are matched by name.
 *
 * @param name of the adapter's file, as errors show it
 * @returns `undefined` where the signal stopped it
 * @throws {ModelFileError} if the adapter belongs to another model
 * @throws {DataError} if the folder has classes that the adapter does not know, or no readable picture
 */
export async function evaluateAdapter(
  model: OpenModel,
  adapter: Adapter,
  folder: string,
  { name = "adapter", ...options }: EncodeOptions & { readonly name?: string } = {},
): Promise<AdapterEvaluation | undefined> {
  checkAdapterFits(name, adapter, model.baseModel);
  const contents = readImageFolder(folder);
  const labelOf = matchClasses(adapter.classNames, contents, folder);
  const { split, pictures } = testPart(contents);
  const paths = pictures.map(({ path }) => path);
  const scored = await scorePictures(model, adapter, paths, { ...options, name, where: folder });
  if (scored === undefined) return undefined;
  const { features, logits, indices, unreadable } = scored;
  const labels = indices.map((index) => labelOf[pictures[index]?.label ?? 0] ?? 0);
  const words = adapter.originalTextFeatures;
  // Words are compared with the features of CLIP's own image tower.
  const plain = words && (await plainFeatures(model, paths, { adapter, features, options }));
  if (words !== undefined && plain === undefined) return undefined;
  return {
    split,
    classNames: adapter.classNames,
    adapter: evaluateLogits(logits, labels),
    ...(words && plain && { zeroShot: scoreFeatures(plain, words, labels) }),
    unreadable,
  };
}

/** Features of the same pictures by the image tower without an adapter's prompts. */
async function plainFeatures(
  model: OpenModel,
  paths: readonly string[],
  { adapter, features, options }: { adapter: Adapter; features: Tensor<"float32">; options: EncodeOptions },
): Promise<Tensor<"float32"> | undefined> {
  if (adapter.imagePrompts === undefined) return features;
  return (await encodePictures(model, paths, { ...options, views: 1, seed: 0 }))?.features;
}

/** Pictures to test on: the `test` part, else the `val` part, else everything. */
export function testPart({ splits: { test, val }, all }: ImageFolder): TestPart {
  if (test !== undefined) return { split: "test", pictures: test };
  return val === undefined ? { split: "all", pictures: all } : { split: "val", pictures: val };
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
  return evaluateLogits(classify(flat, textFeatures, 1), labels);
}

/** Compares the largest logit of each picture, `[N, C]`, with its label. */
export function evaluateLogits(logits: Tensor<"float32">, labels: readonly number[]): Evaluation {
  return evaluatePredictions(rowsOf(logits).map(argMax), labels, logits.shape[1] ?? 0);
}

/** The adapter's class index of each of the folder's classes. */
function matchClasses(known: readonly string[], { classNames }: ImageFolder, folder: string): number[] {
  const labels = classNames.map((name) => known.indexOf(name));
  const strangers = classNames.filter((_, label) => labels[label] === -1);
  if (strangers.length === 0) return labels;
  throw new DataError({
    where: folder,
    expected: `classes of the adapter: ${known.join(", ")}`,
    got: strangers.map((name) => `"${name}"`).join(", "),
    fix: "Rename the folders, or train on these classes.",
  });
}
