import { sampleShots } from "../data/few-shot-sampling.ts";
import type { LabelledPicture } from "../data/image-folder.ts";
import { createRandom } from "../tensor/random.ts";
import type { PictureSource } from "./picture-source.ts";

/** Which pictures are learned from. */
export interface SupportDraw {
  /** Pictures of each class; all there are if not given. */
  readonly shots: number | undefined;
  /** Of the draw. */
  readonly seed: number;
  /** Paths of pictures that are left out, such as those that cannot be read. */
  readonly without?: ReadonlySet<string>;
}

/**
 * The pictures that a training learns from: all to learn from, or as many of each class as it is set to. Equal draws are equal
 * wherever they are made.
 *
 * @throws {DataError} if there are none to learn from
 */
export function drawSupport(
  source: Pick<PictureSource, "trainingPool">,
  { shots, seed, without }: SupportDraw,
): readonly LabelledPicture[] {
  const { pictures, isDrawn } = source.trainingPool(shots);
  const left = without ? pictures.filter(({ path }) => !without.has(path)) : pictures;
  if (shots === undefined || isDrawn) return left;
  return sampleShots({ train: left }, { shots, random: createRandom(seed) }).train;
}
