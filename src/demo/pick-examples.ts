import sharp from "sharp";
import { classify } from "../clip/zero-shot.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { rowsOf, topGuesses } from "../training/metrics.ts";
import type { Example } from "./demo-result.ts";
import type { EncodedSet } from "./encoded-set.ts";

/** Test pictures that are shown: pictures that training put right, and some that it did not. */
const RIGHTED_EXAMPLES = 6;
const WRONG_EXAMPLES = 2;
const GUESSES = 3;
/** Side of the pictures on the page, in pixels. */
const THUMBNAIL_SIDE = 96;

/** What examples are picked from. */
export interface ExamplesInput {
  readonly test: EncodedSet;
  /** Files of the test pictures. */
  readonly paths: readonly string[];
  /** s = exp(logit_scale). */
  readonly scale: number;
  /** Text features by names alone, float32 `[C, D]`. */
  readonly before: Tensor<"float32">;
  /** And after training. */
  readonly after: Tensor<"float32">;
}

/** Pictures of different classes: first some that training put right, then some that are still wrong. */
export async function pickExamples({ test, paths, scale, before, after }: ExamplesInput): Promise<Example[]> {
  const guesses = (textFeatures: Tensor<"float32">) =>
    rowsOf(classify(test.features, textFeatures, scale)).map((logits) => topGuesses(logits, GUESSES));
  const [first, second] = [guesses(before), guesses(after)];
  const isRight = (list: typeof first, index: number) => list[index]?.[0]?.label === test.labels[index];
  const indices = test.labels.map((_, index) => index);
  const righted = onePerClass(
    indices.filter((index) => !isRight(first, index) && isRight(second, index)),
    test.labels,
  ).slice(0, RIGHTED_EXAMPLES);
  const wrong = onePerClass(
    indices.filter((index) => !isRight(second, index)),
    test.labels,
  ).slice(0, WRONG_EXAMPLES);
  return Promise.all(
    [...righted, ...wrong].map(async (index) => {
      const path = paths[index] ?? "";
      return {
        path,
        thumbnail: await makeThumbnail(path),
        label: test.labels[index] ?? 0,
        before: first[index] ?? [],
        after: second[index] ?? [],
      };
    }),
  );
}

function onePerClass(indices: readonly number[], labels: readonly number[]): number[] {
  return [...new Map([...indices].reverse().map((index) => [labels[index], index])).values()].reverse();
}

async function makeThumbnail(path: string): Promise<string> {
  const bytes = await sharp(path)
    .rotate()
    .resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: "cover" })
    .jpeg({ quality: 85 })
    .toBuffer();
  return `data:image/jpeg;base64,${bytes.toString("base64")}`;
}
