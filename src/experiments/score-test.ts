import { classify } from "../clip/zero-shot.ts";
import { DataError } from "../errors.ts";
import type { UnreadablePicture } from "../tasks/encode-pictures.ts";
import type { PictureSource } from "../tasks/picture-source.ts";
import { centreFeatures, scorePictures } from "../tasks/score-pictures.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "../training/adapter.ts";
import { featureBlocks } from "../training/feature-blocks.ts";
import type { CellRun } from "./cell-run.ts";
import { type ClassGroups, countShares } from "./count-shares.ts";

/** An adapter, or text features of all classes, float32 `[C, D]`. */
export type Judge = { readonly adapter: Adapter } | { readonly textFeatures: Tensor<"float32"> };

/** What is tested. */
export interface TestOptions {
  readonly source: PictureSource;
  readonly judge: Judge;
  /** The judge's class of each of the source's classes; the same if not given. */
  readonly columns?: readonly number[];
  /** Classes among which pictures are told apart, by name of the metric. */
  readonly groups: ClassGroups;
}

/**
 * Tests on the test part of a data set.
 *
 * @returns a share in [0, 1] for each group, `undefined` where the signal stopped it
 * @throws {DataError} if a picture cannot be read: a benchmark's number is of all its pictures
 */
export async function scoreTest(
  { context: { places }, signal }: Pick<CellRun, "context" | "signal">,
  { source, judge, columns, groups }: TestOptions,
): Promise<Record<string, number> | undefined> {
  const { pictures } = source.testPart;
  const { runtime, clip, path } = source;
  const encode = (imagePrompts: readonly Tensor<"float32">[] | undefined) =>
    source.encode(pictures, {
      ...{ views: 1, seed: 0 },
      // Features by prompts that one cell learned are of no use to another.
      ...(imagePrompts
        ? { imagePrompts, cache: false }
        : places.cache !== undefined && { cache: places.cache }),
      ...(signal && { signal }),
    });
  const labels = pictures.map(({ label }) => columns?.[label] ?? label);
  const counter = countShares(groups, labels);
  if ("textFeatures" in judge) {
    const encoded = await encode(undefined);
    if (encoded === undefined) return undefined;
    checkAllReadable(path, encoded.unreadable);
    const classCount = judge.textFeatures.shape[0] ?? 0;
    for (const block of featureBlocks(centreFeatures(encoded), { classCount })) {
      counter.add(classify(block, judge.textFeatures, 1));
    }
    return counter.shares();
  }
  const scored = await scorePictures(judge.adapter, {
    ...{ runtime, where: path, encode, onLogits: counter.add },
    ...(clip && { clip }),
  });
  if (scored === undefined) return undefined;
  checkAllReadable(path, scored.unreadable);
  return counter.shares();
}

/**
 * Throws where pictures of a benchmark cannot be read.
 *
 * @throws {DataError} naming the first
 */
export function checkAllReadable(where: string, unreadable: readonly UnreadablePicture[]): void {
  const [first] = unreadable;
  if (first === undefined) return;
  throw new DataError({
    where,
    expected: "pictures that can all be read, as a benchmark's number is of all of them",
    got: `${unreadable.length} that cannot, the first: ${first.path} (${first.reason})`,
    fix: "Get the data set again; lamm datasets says where.",
  });
}
