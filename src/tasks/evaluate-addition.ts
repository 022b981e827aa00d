import { classify } from "../clip/zero-shot.ts";
import { DataError } from "../errors.ts";
import { concatRows } from "../tensor/concat-rows.ts";
import { sliceRows } from "../tensor/slice-rows.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Adapter, checkAdapterFits } from "../training/adapter.ts";
import { type AdditionAccuracy, additionAccuracy } from "../training/addition-accuracy.ts";
import type { EncodeOptions, UnreadablePicture } from "./encode-pictures.ts";
import { matchClasses } from "./match-classes.ts";
import type { OpenModel } from "./open-model.ts";
import { openPictureSource } from "./open-picture-source.ts";
import type { PictureSource } from "./picture-source.ts";
import { scorePictures } from "./score-pictures.ts";

/** What an addition is tested on. */
export interface EvaluateAdditionOptions extends EncodeOptions {
  /** Number of classes that joined; they are the adapter's last ones. */
  readonly added: number;
  /** Folder or file of features of the new classes, of which the `test` or else the `val` part is used; without one nothing is. */
  readonly path: string;
  /** Folder or file of features of the adapter's old classes: its `test` part, else `val`, else all of it. */
  readonly oldTest?: string;
}

/** How an addition did, as far as there are pictures to tell. */
export interface AdditionEvaluation {
  readonly accuracy: AdditionAccuracy;
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Tests an adapter that classes have joined: on its old classes, the new ones, and all together, beside what it was before. Before,
 * the new classes are known by their names alone, with the adapter's text features of the old ones beside them.
 *
 * @returns `undefined` where the signal stopped it
 * @throws {DataError} if the pictures of old classes are of classes that the adapter does not have, or not one can be read
 */
export async function evaluateAddition(
  model: OpenModel,
  adapter: Adapter,
  options: EvaluateAdditionOptions,
): Promise<AdditionEvaluation | undefined> {
  const oldCount = adapter.classNames.length - options.added;
  const sources = testSources(model, adapter, { ...options, oldCount });
  const parts: ScoredPart[] = [];
  for (const { source, labelOf } of sources) {
    const part = await scorePart(source, labelOf, adapter, options);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const unreadable = parts.flatMap((part) => part.unreadable);
  const words = adapter.originalTextFeatures;
  if (parts.length === 0 || words === undefined) return { accuracy: {}, unreadable };
  const newWords = sliceRows(words, oldCount, adapter.classNames.length) as Tensor<"float32">;
  const features = concatRows(parts.map((part) => part.features));
  const accuracy = additionAccuracy({
    oldCount,
    labels: parts.flatMap(({ labels }) => labels),
    logits: concatRows(parts.map(({ logits }) => logits)),
    wordLogits: classify(features, newWords, adapter.logitScale),
  });
  return { accuracy, unreadable };
}

/**
 * Throws unless pictures of old classes can be tested on: to be called before training.
 *
 * @throws {ModelFileError} if the adapter belongs to another model
 * @throws {DataError} if there are classes that the adapter does not have
 */
export function checkOldTest(model: OpenModel, adapter: Adapter, path: string, name: string): void {
  const source = openPictureSource(model, path, { minClasses: 1 });
  checkAdapterFits(name, adapter, source.baseModel);
  matchOldClasses(adapter, source);
}

/** Pictures to test on, with the adapter's class of each of their own. */
interface TestSource {
  readonly source: PictureSource;
  readonly labelOf: readonly number[];
}

function testSources(
  model: OpenModel,
  { classNames, promptNames }: Adapter,
  { path, oldTest, oldCount }: EvaluateAdditionOptions & { readonly oldCount: number },
): TestSource[] {
  const added = openPictureSource(model, path, { minClasses: 1 });
  const old = oldTest === undefined ? undefined : openPictureSource(model, oldTest, { minClasses: 1 });
  const known = {
    classNames: classNames.slice(0, oldCount),
    ...(promptNames && { promptNames: promptNames.slice(0, oldCount) }),
  };
  return [
    ...(old ? [{ source: old, labelOf: matchOldClasses(known, old) }] : []),
    ...(added.testPart.split === "all"
      ? []
      : [{ source: added, labelOf: added.classNames.map((_, label) => oldCount + label) }]),
  ];
}

function matchOldClasses(
  known: Pick<Adapter, "classNames" | "promptNames">,
  { classNames, path }: PictureSource,
): number[] {
  const labels = matchClasses(known, classNames);
  const strangers = classNames.filter((_, label) => labels[label] === -1);
  if (strangers.length === 0) return labels;
  throw new DataError({
    where: path,
    expected: `the adapter's old classes, ${known.classNames.map((name) => `"${name}"`).join(", ")}`,
    got: strangers.map((name) => `"${name}"`).join(", "),
    fix: "Give pictures of the classes that were there before; those of new ones go into the folder that is added.",
  });
}

interface ScoredPart {
  readonly features: Tensor<"float32">;
  readonly logits: Tensor<"float32">;
  readonly labels: readonly number[];
  readonly unreadable: readonly UnreadablePicture[];
}

async function scorePart(
  source: PictureSource,
  labelOf: readonly number[],
  adapter: Adapter,
  options: EncodeOptions,
): Promise<ScoredPart | undefined> {
  const { pictures } = source.testPart;
  const { runtime, clip, path } = source;
  const blocks: Tensor<"float32">[] = [];
  const scored = await scorePictures(adapter, {
    ...{ runtime, where: path },
    onLogits: (logits) => blocks.push(logits),
    ...(clip && { clip }),
    encode: (imagePrompts) =>
      source.encode(pictures, { ...options, views: 1, seed: 0, ...(imagePrompts && { imagePrompts }) }),
  });
  if (scored === undefined) return undefined;
  const labels = scored.indices.map((index) => labelOf[pictures[index]?.label ?? 0] ?? 0);
  return { ...scored, labels, logits: concatRows(blocks) };
}
