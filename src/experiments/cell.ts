import { createHash } from "node:crypto";
import { methodLabel, type TrainConfig } from "../training/train-config.ts";

/** Name by which CLIP's words alone stand beside methods. */
export const ZERO_SHOT = "zero-shot";

/** CLIP by its words alone; it has neither shots nor seeds. */
export interface ZeroShotConfig {
  readonly method: typeof ZERO_SHOT;
}

/**
 * What is measured of a method: `accuracy` on the test part of its data set, `transfer` to other pictures of the same classes too, or
 * how it learns classes in two parts, `incremental`.
 */
export type CellTask = "accuracy" | "transfer" | "incremental";

/** One training with its test: the unit that is run once, kept, and handed to other machines. Plain JSON. */
export interface Cell {
  readonly task: CellTask;
  /** Name of the data set. */
  readonly dataset: string;
  /** Names of the data sets that `transfer` also tests on; empty for other tasks. */
  readonly targets: readonly string[];
  /** A folder, a file or a hub id. */
  readonly model: string;
  /** All that training is set to, shots and seed included, with no default left open. */
  readonly config: TrainConfig | ZeroShotConfig;
}

/** What a cell's result depends on besides the cell: two machines with equal ones give the same result. */
export interface Ingredients {
  /** Identities of the data set and of the targets, by name. */
  readonly data: Readonly<Record<string, string>>;
  /** SHA-256 of the model's weights. */
  readonly weights: string;
  /** Identifies how pictures are prepared. */
  readonly preprocessing: string;
  /** Versions of what computes, by name. */
  readonly software: Readonly<Record<string, string>>;
}

/** Whether a cell trains nothing. */
export function isZeroShot(config: Cell["config"]): config is ZeroShotConfig {
  return config.method === ZERO_SHOT;
}

/** Name of a cell's method, as on the command line: `gda@lamm`. */
export function methodOf({ config }: Cell): string {
  return isZeroShot(config) ? ZERO_SHOT : methodLabel(config);
}

/**
 * Identifies a cell's result: 64 hexadecimal digits that two cells share if and only if they measure the same. What a model or a data
 * set is called has no part in it.
 */
export function cellKey({ task, dataset, targets, config }: Cell, ingredients: Ingredients): string {
  const { data, weights, preprocessing, software } = ingredients;
  const tested = targets.map((name) => [name, data[name]]);
  return digestOfJson({ task, config, data: data[dataset], tested, weights, preprocessing, software });
}

/**
 * Identifies what a method was set to, whatever the shots and the seed: rows of one table must share it.
 */
export function setupKey({ task, config }: Cell, ingredients: Ingredients): string {
  const { weights, preprocessing, software } = ingredients;
  const { shots: _, seed: __, ...rest } = config as Record<string, unknown>;
  return digestOfJson({ task, config: rest, weights, preprocessing, software });
}

/** SHA-256 of a value as JSON with sorted keys, so that the order in which an object was made does not count. */
export function digestOfJson(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(value, (_, part) => sorted(part)))
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
