/** Names of the experiments, in the order of the paper. */
export const experimentNames = [
  "few-shot",
  "domain",
  "incremental",
  "ablation-loss",
  "ablation-init",
  "ablation-backbone",
] as const;

/** One of the paper's experiments. */
export type ExperimentName = (typeof experimentNames)[number];

/**
 * What a cell measured, by name; shares are in [0, 1]. `few-shot` and the ablations have `accuracy`. `domain` has `accuracy` on the
 * data set that was learned from and `accuracy:<data set>` for each target. `incremental` has `set1Before` (after learning set 1),
 * `set1After` (after learning set 2 too), `set2` (new classes among themselves), each among the classes of its own set, and `union`
 * (all test pictures among all classes).
 */
export type Metrics = Readonly<Record<string, number>>;

/** One cell of an experiment's grid with its result, as reports read it. */
export interface ResultRow {
  readonly experiment: ExperimentName;
  /** Name of the data set, such as `Caltech101`. */
  readonly dataset: string;
  /** Name of the CLIP, such as `ViT-B/16`, as it was asked for. */
  readonly model: string;
  /** As methods are named on the command line: `lamm`, `coop+lamm`, `zero-shot`. */
  readonly method: string;
  /**
   * What an ablation varies, empty in other experiments: the parts of the loss (`CE`, `CE+WC+COS+KD`, in this order), or the
   * initialisation (`words`, `random`). `ablation-backbone` varies `model`.
   */
  readonly variant: string;
  /** K; 0 for `zero-shot`, which has one row for all shots and seeds. */
  readonly shots: number;
  /** Of the draw and the training; 0 for `zero-shot`. */
  readonly seed: number;
  /** Hash of all that the result depends on: configuration, data, weights and software. */
  readonly key: string;
  readonly state: "done" | "failed" | "waiting";
  /** Empty unless done. */
  readonly metrics: Metrics;
  /** Of a failed cell, in one line. */
  readonly error?: string;
  /** How long the cell took; never part of a table that is compared byte by byte. */
  readonly seconds?: number;
}

/** An experiment's grid, as reports read it. */
export interface ResultTable {
  readonly rows: readonly ResultRow[];
  /** What was asked for, in words for the top of a report: options of the command, by name. */
  readonly settings: Readonly<Record<string, string>>;
  /** Versions that all done cells share, such as `{ lamm: "0.4.0", onnxruntime: "1.30.0" }`. */
  readonly software: Readonly<Record<string, string>>;
}
