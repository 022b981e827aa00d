import type { Dataset } from "../../data/datasets/dataset.ts";
import type { LabelledPicture } from "../../data/image-folder.ts";
import { findMethod } from "../../methods/methods.ts";
import { drawSupport } from "../../tasks/draw-support.ts";
import { type Cell, isZeroShot } from "../cell.ts";
import { splitClasses } from "../class-parts.ts";
import { picturesOf } from "../encode-chunk.ts";

/**
 * Which pictures of a data set cells need features of: those that they test on, and those that they learn from by their centre view
 * alone. Methods that prompt the image tower need none, as no feature of theirs can be kept.
 *
 * @param cells of one model
 * @returns indices into `picturesOf(dataset)`, ascending
 * @throws {DataError} if cells learn from a data set that has nothing to learn from
 */
export function planEncoding(cells: readonly Cell[], dataset: Dataset): number[] {
  const paths = new Set<string>();
  const add = (pictures: readonly LabelledPicture[]) => {
    for (const { path } of pictures) paths.add(path);
  };
  for (const cell of cells) {
    if (promptsImages(cell)) continue;
    const isLearned = cell.dataset === dataset.name;
    if (isLearned || cell.targets.includes(dataset.name)) add(dataset.test);
    if (isLearned) add(supportOf(cell, dataset));
  }
  return picturesOf(dataset).flatMap(({ path }, index) => (paths.has(path) ? [index] : []));
}

/** Whether a cell's pictures are seen by a prompted image tower. What a method builds on never prompts it. */
function promptsImages({ config }: Cell): boolean {
  if (isZeroShot(config)) return false;
  const method = findMethod(config.method);
  return method.kind === "prompts" && (method.promptsImageTower ?? false);
}

/** Pictures that a cell learns from by their centre view. */
function supportOf({ config, task }: Cell, dataset: Dataset): readonly LabelledPicture[] {
  if (isZeroShot(config) || config.views > 1) return [];
  const { shots, seed } = config;
  const parts = task === "incremental" ? Object.values(splitClasses(dataset)) : [dataset];
  return parts.flatMap(({ train }: Dataset) =>
    drawSupport({ trainingPool: () => ({ pictures: train, isDrawn: false }) }, { shots, seed }),
  );
}
