// Node only: makers read folders.
import type { Random } from "../../tensor/random.ts";
import type { Split } from "./split.ts";

/** A file below a data set's folder, and where to get it. */
export interface ListFile {
  readonly path: string;
  readonly source: string;
}

/** How pictures are divided by lists that come with them, or by their folders alone. */
export interface SplitMaker {
  /** Lists that it reads; empty where folders are enough. */
  readonly lists: readonly ListFile[];
  /**
   * Divides the pictures.
   *
   * @param folder the data set's folder; its image folder and lists are there
   * @param random of the shuffling, where anything is shuffled
   * @throws {DataError} if a list is not as it should be, or a class has too few pictures
   */
  make(folder: string, random: Random): Split;
}
