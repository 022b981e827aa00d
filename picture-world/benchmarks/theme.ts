/**
 * One benchmark: things of a kind, told apart by name. More than half of the classes go by a word that the captions of pre-training use
 * rarely or not at all (bunny, moped, spanner): as in real data sets, not every label is the word that CLIP learned.
 */
export interface Theme {
  /** Folder of the benchmark, such as `sports-and-music`. */
  readonly name: string;
  /** Names of the classes, each with the concepts (by their own names) that its pictures show; one if the same. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
}
