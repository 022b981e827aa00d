import type { Method } from "../methods/method.ts";
import { methods as allMethods } from "../methods/methods.ts";
import { createRandom } from "../tensor/random.ts";
import type { Adapter } from "../training/adapter.ts";
import { defaultFolds } from "../training/cross-validate.ts";
import { stratifiedFolds } from "../training/folds.ts";
import { centreViews } from "../training/score-set.ts";
import { type FeatureTrainConfig, methodLabel, resolveTrainConfig } from "../training/train-config.ts";
import { calibrateOn, type SuspiciousPicture } from "./calibrate-adapter.ts";
import {
  type CompareOptions,
  type Contest,
  createSupports,
  type Entry,
  type MethodResult,
  runMethod,
  type ScoredShare,
  shareOf,
} from "./contest.ts";
import { openEntries } from "./contest-checkpoint.ts";
import type { UnreadablePicture } from "./encode-pictures.ts";
import { scoreFeatures } from "./evaluate.ts";
import { openPictureSource } from "./open-picture-source.ts";
import { ownWords } from "./own-words.ts";
import { pickWinner } from "./pick-winner.ts";
import type { PictureSource, SourceModel, TestPart } from "./picture-source.ts";
import { wordFeatures, zeroShotOnSource } from "./zero-shot.ts";

/** How all methods did, and the best one's adapter. */
export interface Comparison {
  /** Part that `test` is about; `all` where there is none. */
  readonly split: TestPart["split"];
  /** Folds of the cross-validation; absent where there was none. */
  readonly folds?: number;
  /** CLIP by names alone; absent for features without words. */
  readonly zeroShot?: ScoredShare;
  /** In the order asked for. */
  readonly results: readonly MethodResult[];
  /** The best method's adapter, trained on all pictures, calibrated where there was a cross-validation; absent where none could run. */
  readonly winner?: { readonly method: string; readonly adapter: Adapter };
  /** Pictures whose label looks wrong to the winner; absent without cross-validation. */
  readonly suspicious?: readonly SuspiciousPicture[];
  readonly unreadable: readonly UnreadablePicture[];
  /** Removes what {@link CompareOptions.checkpoint} keeps; to be called once the winner is safe. */
  clearCheckpoint(): void;
}

/** Methods that are quick to train: those on features, and those that have a fast schedule of their own. */
export function quickMethods(known: readonly Method[] = allMethods): string[] {
  return known
    .filter((method) => method.kind === "features" || method.schedules[0] === "fast")
    .map(({ name }) => name);
}

/**
 * Trains several methods on one set of pictures and compares them: on its test part, or by cross-validation where there is none
 * or folds are asked for. The winner is chosen by the cross-validation where there is one: chosen on the test part its accuracy
 * there is a little too good.
 *
 * @returns `undefined` where the signal stopped it
 * @throws {ConfigError} if a method is unknown or a setting wrong, or a template is given for features without a model
 * @throws {DataError} if the pictures are not usable
 * @example
 * const { results, winner } = await compareMethods(model, "photos", { methods: ["lamm", "gda", "gda@lamm"] });
 */
export async function compareMethods(
  model: SourceModel,
  path: string,
  options: CompareOptions = {},
): Promise<Comparison | undefined> {
  return compareOnSource(openPictureSource(model, path), options);
}

/** As {@link compareMethods}, on pictures that are open already. */
export async function compareOnSource(
  source: PictureSource,
  options: CompareOptions = {},
): Promise<Comparison | undefined> {
  const { known = allMethods, methods = quickMethods(known), onMethod } = options;
  // All settings first: a mistyped name must not wait for the methods before it.
  const configs = methods.map((method) => resolveTrainConfig({ ...options.config, method }, known));
  // It refuses what would be wrong for each of them.
  ownWords(source, options.config?.template);
  checkFolds(source, options);
  const { split } = source.testPart;
  const supports = createSupports(source, { ...options, known });
  const contest: Contest = { source, options: { ...options, known }, supports, hasTest: split !== "all" };
  const kept = await openEntries(contest);
  if (kept === undefined) return undefined;
  const entries: Entry[] = [];
  for (const [index, config] of configs.entries()) {
    onMethod?.(methodLabel(config as FeatureTrainConfig), index, configs.length);
    const entry = kept.find(config) ?? (await runMethod(contest, config));
    if (entry === undefined) return undefined;
    kept.add(entry);
    entries.push(entry);
  }
  const zeroShot = await zeroShotShare(contest);
  const best = pickWinner(entries);
  const winner = best && (await finishWinner(contest, best));
  if (options.signal?.aborted) return undefined;
  const folds = entries.find((entry) => entry.folds !== undefined)?.folds;
  return {
    split,
    ...(folds !== undefined && { folds }),
    ...(zeroShot && { zeroShot }),
    results: entries.map(({ result }) => result),
    ...winner,
    unreadable: supports.unreadable(),
    clearCheckpoint: kept.clear,
  };
}

/** Throws where the smallest class has too few pictures to hold one out for each fold: no method could be compared. */
function checkFolds(source: PictureSource, { folds, config = {} }: CompareOptions): void {
  if (folds === undefined && source.testPart.split !== "all") return;
  const { shots = Number.POSITIVE_INFINITY, seed = 1 } = config;
  const counts = new Map<number, number>();
  const labels = source.trainingPool(config.shots).pictures.flatMap(({ label }) => {
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    return count <= shots ? [label] : [];
  });
  const random = createRandom(seed);
  stratifiedFolds(labels, {
    folds: folds ?? Math.max(2, defaultFolds(labels)),
    random,
    classNames: source.classNames,
  });
}

/** Calibrates the winner on what its cross-validation said anyway. */
async function finishWinner(
  { supports }: Contest,
  { config, result, adapter, logits }: Entry,
): Promise<Pick<Comparison, "winner" | "suspicious"> | undefined> {
  if (adapter === undefined) return undefined;
  const support = logits && (await supports.of(config));
  if (logits === undefined || support === undefined) return { winner: { method: result.method, adapter } };
  const calibrated = calibrateOn(adapter, { logits, labels: support.data.labels }, support.pictures);
  return {
    winner: { method: result.method, adapter: calibrated.adapter },
    suspicious: calibrated.suspicious,
  };
}

/** CLIP by names alone on the same pictures; nothing where there are no words. */
async function zeroShotShare({
  source,
  options,
  supports,
  hasTest,
}: Contest): Promise<ScoredShare | undefined> {
  const { clip, textFeatures } = source;
  const template = options.config?.template;
  if (clip === undefined && textFeatures === undefined) return undefined;
  const templates = template === undefined ? {} : { templates: [template] };
  if (hasTest) {
    const found = await zeroShotOnSource(source, { ...options, ...templates });
    return found && shareOf(found.evaluation);
  }
  const support = await supports.of(resolveTrainConfig({ ...options.config, method: "lamm" }, allMethods));
  if (support === undefined || "crops" in support.data) return undefined;
  const words = await wordFeatures(source, templates.templates);
  return shareOf(scoreFeatures(centreViews(support.data), words, support.data.labels));
}
