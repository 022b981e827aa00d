// Node only: definitions read folders.
import type { LabelledPicture } from "../image-folder.ts";

/** Pictures of a benchmark, divided as it divides them. */
export interface Dataset {
  /** As tables show it, such as `Caltech101`, or `picture-world/animals`. */
  readonly name: string;
  /** Names as they stand in prompts, by label. Two labels may have one name in ImageNet alone. */
  readonly classNames: readonly string[];
  /** Identifies each class where names do not: folders such as `n01440764`, else the names. By label. */
  readonly classIds: readonly string[];
  /** Pictures to learn from, in the order from which shots are drawn; empty where there is a test part alone. */
  readonly train: readonly LabelledPicture[];
  /** Pictures to choose by, in the same order; empty where the benchmark has none. */
  readonly val: readonly LabelledPicture[];
  readonly test: readonly LabelledPicture[];
  /** Prompt with `{}` for the class name, for zero-shot. */
  readonly template: string;
  /** SHA-256 of names and divided pictures by their paths below the data folder, not of their contents: 64 hexadecimal digits. */
  readonly identity: string;
  /** Whether the split was made here, in memory or by `makeSplit`: numbers are not comparable with those of the published split. */
  readonly isSplitMade?: true;
  /** A sentence about something that the user should know, such as a split that is not the published one. */
  readonly note?: string;
}

/** What is missing of a data set. */
export interface MissingPart {
  /** Path of a file or folder below the data folder, or the first of several pictures that a split names. */
  readonly path: string;
  /** Number of files that are missing like it, itself included. */
  readonly count: number;
  /** Where to get it. */
  readonly source: string;
}

/** Whether a data set can be used. */
export interface DatasetState extends Pick<DatasetDefinition, "name" | "folder" | "role" | "of"> {
  /** `absent` where its folder is not there at all. */
  readonly state: "complete" | "incomplete" | "absent";
  /** Empty if complete. */
  readonly missing: readonly MissingPart[];
  /** Of a complete data set. */
  readonly counts?: {
    readonly classes: number;
    readonly train: number;
    readonly val: number;
    readonly test: number;
  };
  /** What is wrong with files that are there, in a sentence. */
  readonly problem?: string;
  /** Whether the split was made here, as the published split file is not there. */
  readonly isSplitMade?: true;
  /** Whether that split was written, and is not made anew each time. */
  readonly isSplitWritten?: true;
  /** What else should be known of a complete data set, in a sentence: such as a split that is not the published one. */
  readonly note?: string;
}

/** A split that was made and written. */
export interface WrittenSplit {
  /** Path of the file. */
  readonly file: string;
  /** Pictures of each part. */
  readonly counts: { readonly train: number; readonly val: number; readonly test: number };
}

/** A data set that is known by name. */
export interface DatasetDefinition {
  readonly name: string;
  /** Its folder below the data folder. */
  readonly folder: string;
  /** `domain` sets are other pictures of the classes of `of`, to test on. */
  readonly role: "benchmark" | "domain";
  /** The data set whose classes a domain set shows. */
  readonly of?: string;
  /** Looks whether all files are there that it needs. */
  inspect(data: string): DatasetState;
  /**
   * Reads the lists of pictures; none is opened.
   *
   * @param data folder that holds the data sets' folders
   * @throws {DataError} naming what is missing and where to get it, or what is wrong with a split
   */
  open(data: string): Dataset;
  /**
   * Makes the split that `open` makes in memory where there is no split file, and writes it where that file belongs. Absent where
   * the benchmark needs no split file, or none can be made.
   *
   * @param options `seed` of the shuffling; 1 if not given, as in `open`
   * @throws {DataError} if there is a split file already, or what it is made from is not all there
   * @throws {StorageError} if it cannot be written
   */
  makeSplit?(data: string, options?: { readonly seed?: number }): WrittenSplit;
}
