/** One benchmark: things of a kind, told apart by name. */
export interface Theme {
  /** Folder of the benchmark, such as `sports-and-music`. */
  readonly name: string;
  /** Names of the classes, each with the concepts (by their own names) that its pictures show; one if the same. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
}
