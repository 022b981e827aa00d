import { classify } from "../clip/zero-shot.ts";
import { DataError } from "../errors.ts";
import type { UnreadablePicture } from "../tasks/encode-pictures.ts";
import type { PictureSource } from "../tasks/picture-source.ts";
import { centreFeatures, scorePictures } from "../tasks/score-pictures.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "../training/adapter.ts";
import { rowsOf } from "../training/metrics.ts";
import type { CellRun } from "./cell-run.ts";

/** What a classifier says of test pictures. */
export interface TestScores {
  /** float32 `[N, C]`. */
  readonly logits: Tensor<"float32">;
  /** Class of each picture, `[N]`. */
  readonly labels: readonly number[];
}

/** An adapter, or text features of all classes, float32 `[C, D]`. */
export type Judge = { readonly adapter: Adapter } | { readonly textFeatures: Tensor<"float32"> };

/**
 * Scores the test part of a data set.
 *
 * @returns `undefined` where the signal stopped it
 * @throws {DataError} if a picture cannot be read: a benchmark's number is of all its pictures
 */
export async function scoreTest(
  { context: { places }, signal }: Pick<CellRun, "context" | "signal">,
  source: PictureSource,
  judge: Judge,
): Promise<TestScores | undefined> {
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
  const labels = pictures.map(({ label }) => label);
  if ("textFeatures" in judge) {
    const encoded = await encode(undefined);
    if (encoded === undefined) return undefined;
    checkAllReadable(path, encoded.unreadable);
    return { logits: classify(centreFeatures(encoded), judge.textFeatures, 1), labels };
  }
  const scored = await scorePictures(judge.adapter, {
    ...{ runtime, where: path, encode },
    ...(clip && { clip }),
  });
  if (scored === undefined) return undefined;
  checkAllReadable(path, scored.unreadable);
  return { logits: scored.logits, labels };
}

/**
 * Share of the pictures of some classes whose largest logit among these classes is that of their own, in [0, 1].
 *
 * @param columns the classes
 */
export function shareAmong({ logits, labels }: TestScores, columns: readonly number[]): number {
  const among = new Set(columns);
  let [correct, total] = [0, 0];
  for (const [index, row] of rowsOf(logits).entries()) {
    const label = labels[index] ?? -1;
    if (!among.has(label)) continue;
    total++;
    if (bestOf(row, columns) === label) correct++;
  }
  return correct / total;
}

/** The column with the largest logit; the first of several. */
function bestOf(row: Float32Array, columns: readonly number[]): number {
  let best = columns[0] ?? 0;
  for (const column of columns) if ((row[column] ?? 0) > (row[best] ?? 0)) best = column;
  return best;
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
