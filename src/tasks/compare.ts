import { LammError } from "../errors.ts";
import type { Method } from "../methods/method.ts";
import { methods as allMethods } from "../methods/methods.ts";
import { createRandom } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "../training/adapter.ts";
import { serializeAdapter } from "../training/adapter-file.ts";
import { crossValidate, defaultFolds } from "../training/cross-validate.ts";
import { fitAdapter } from "../training/fit-adapter.ts";
import { stratifiedFolds } from "../training/folds.ts";
import { type Interval, wilsonInterval } from "../training/intervals.ts";
import type { Evaluation } from "../training/metrics.ts";
import { centreViews } from "../training/score-set.ts";
import {
  type FeatureTrainConfig,
  methodLabel,
  resolveTrainConfig,
  type TrainConfig,
  type TrainConfigInput,
} from "../training/train-config.ts";
import { calibrateOn, type SuspiciousPicture } from "./calibrate-adapter.ts";
import type { EncodeOptions, UnreadablePicture } from "./encode-pictures.ts";
import { type EvaluateOptions, evaluateLogits, evaluateOnSource, scoreFeatures } from "./evaluate.ts";
import { openPictureSource } from "./open-picture-source.ts";
import type { PictureSource, SourceModel, TestPart } from "./picture-source.ts";
import { checkBeforeEncoding, fitOptionsOf, prepareSupport, type Support } from "./train.ts";
import { DEFAULT_TEMPLATE, wordFeatures, zeroShotOnSource } from "./zero-shot.ts";

/** How methods are compared. */
export interface CompareOptions extends EncodeOptions {
  /** Names of methods, such as `lamm` or `gda@lamm`; {@link quickMethods} if not given. */
  readonly methods?: readonly string[];
  /** Methods to choose from, which go to training as `methods`; all that come with the library if not given. */
  readonly known?: readonly Method[];
  /** What all of them are set to: shots, seed, views, template. */
  readonly config?: Pick<TrainConfigInput, "shots" | "seed" | "views" | "template">;
  /**
   * Folds of a cross-validation on the training pictures, by which the winner is chosen. If not given there is one only where there
   * is no test part: 5 folds, or as many as the smallest class has pictures.
   */
  readonly folds?: number;
  /** Called when a method begins. */
  readonly onMethod?: (method: string, done: number, total: number) => void;
}

/** How one method did. */
export interface MethodResult {
  /** As asked for, such as `gda@lamm`. */
  readonly method: string;
  /** Why it could not run; all else is absent then. */
  readonly problem?: string;
  /** Of held-out pictures of the training part, each judged by what has not seen it. */
  readonly crossValidation?: ScoredShare;
  /** Of the test part. */
  readonly test?: ScoredShare;
  /** Of one training, in seconds, encoding of pictures left out. */
  readonly seconds?: number;
  /** Size of its adapter file. */
  readonly bytes?: number;
}

/** An accuracy with its 95 % interval, each in [0, 1]. */
export interface ScoredShare {
  readonly accuracy: number;
  readonly interval: Interval;
  readonly correct: number;
  readonly total: number;
}

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
 * @throws {ConfigError} if a method is unknown or a setting wrong
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
  checkFolds(source, options);
  const { split } = source.testPart;
  const supports = createSupports(source, { ...options, known });
  const contest: Contest = { source, options: { ...options, known }, supports, hasTest: split !== "all" };
  const entries: Entry[] = [];
  for (const [index, config] of configs.entries()) {
    onMethod?.(methodLabel(config as FeatureTrainConfig), index, configs.length);
    const entry = await runMethod(contest, config);
    if (entry === undefined) return undefined;
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

/** What all methods share. */
interface Contest {
  readonly source: PictureSource;
  readonly options: CompareOptions & { readonly known: readonly Method[] };
  readonly supports: Supports;
  readonly hasTest: boolean;
}

/** One method with what is needed to finish it, should it win. */
interface Entry {
  readonly config: TrainConfig;
  readonly result: MethodResult;
  readonly folds?: number;
  /** Held-out logits, float32 `[N, C]`, of the cross-validation. */
  readonly logits?: Tensor<"float32">;
  /** Trained on all pictures. */
  readonly adapter?: Adapter;
}

/** The support set, as features and, for methods that need them, as pixels; each is made once. */
function createSupports(source: PictureSource, options: Contest["options"]) {
  const made = new Map<boolean, Support>();
  return {
    async of(config: TrainConfig): Promise<Support | undefined> {
      const method = options.known.find(({ name }) => name === config.method);
      const needsPixels = method?.kind === "prompts" && (method.promptsImageTower ?? false);
      const support =
        made.get(needsPixels) ??
        (await prepareSupport(source, config, { ...options, methods: options.known }));
      if (support !== undefined) made.set(needsPixels, support);
      return support;
    },
    unreadable: () => [...made.values()][0]?.unreadable ?? [],
  };
}
type Supports = ReturnType<typeof createSupports>;

/** Runs one method; what it cannot do is its result. */
async function runMethod(contest: Contest, config: TrainConfig): Promise<Entry | undefined> {
  const method = methodLabel(config as FeatureTrainConfig);
  try {
    checkBeforeEncoding(contest.source, config, contest.options.known);
    return await measureMethod(contest, config, method);
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    const { expected, got } = error.details;
    return { config, result: { method, problem: `needs ${expected}; got ${got}` } };
  }
}

async function measureMethod(
  contest: Contest,
  config: TrainConfig,
  method: string,
): Promise<Entry | undefined> {
  const { source, options, supports, hasTest } = contest;
  const support = await supports.of(config);
  if (support === undefined) return undefined;
  const { signal, known } = options;
  const fitting = { ...fitOptionsOf(source), methods: known, config, ...(signal && { signal }) };
  const started = performance.now();
  const fit = await fitAdapter({ ...fitting, data: support.data });
  if (fit === undefined) return undefined;
  const seconds = (performance.now() - started) / 1000;
  const { adapter } = fit;
  const bytes = serializeAdapter(adapter).reduce((sum, piece) => sum + piece.length, 0);
  const folds = hasTest ? options.folds : (options.folds ?? defaultFolds(support.data.labels));
  const logits =
    folds === undefined ? undefined : await crossValidate({ ...fitting, data: support.data, folds });
  const test = hasTest ? await evaluateOnSource(source, adapter, evaluateOptions(options)) : undefined;
  if (signal?.aborted) return undefined;
  return {
    config,
    result: {
      method,
      ...(logits && { crossValidation: shareOf(evaluateLogits(logits, support.data.labels)) }),
      ...(test && { test: shareOf(test.adapter) }),
      seconds,
      bytes,
    },
    ...(folds !== undefined && { folds }),
    ...(logits && { logits }),
    adapter,
  };
}

/** How the test pictures are encoded; the training pictures need not be looked at for duplicates once a method. */
function evaluateOptions({ known, methods: _, ...encode }: Contest["options"]): EvaluateOptions {
  return { ...encode, methods: known, learned: [] };
}

function shareOf({ accuracy, correct, total }: Evaluation): ScoredShare {
  return { accuracy, interval: wilsonInterval({ correct, total }), correct, total };
}

/** The best entry by cross-validation or, without, on the test part; of equal ones the one that trained faster. */
function pickWinner(entries: readonly Entry[]): Entry | undefined {
  const accuracyOf = ({ result }: Entry) => (result.crossValidation ?? result.test)?.accuracy ?? -1;
  const [best] = entries
    .filter(({ adapter }) => adapter !== undefined)
    .sort((a, b) => accuracyOf(b) - accuracyOf(a) || (a.result.seconds ?? 0) - (b.result.seconds ?? 0));
  return best;
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
  const words = await wordFeatures(source, templates.templates ?? [DEFAULT_TEMPLATE]);
  return shareOf(scoreFeatures(centreViews(support.data), words, support.data.labels));
}
