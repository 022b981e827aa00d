import { LammError } from "../errors.ts";
import type { Method } from "../methods/method.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "../training/adapter.ts";
import { serializeAdapter } from "../training/adapter-file.ts";
import { crossValidate, defaultFolds } from "../training/cross-validate.ts";
import { fitAdapter } from "../training/fit-adapter.ts";
import { type Interval, wilsonInterval } from "../training/intervals.ts";
import type { Evaluation } from "../training/metrics.ts";
import {
  type FeatureTrainConfig,
  methodLabel,
  type TrainConfig,
  type TrainConfigInput,
} from "../training/train-config.ts";
import type { EncodeOptions } from "./encode-pictures.ts";
import { type EvaluateOptions, evaluateLogits, evaluateOnSource } from "./evaluate.ts";
import type { PictureSource } from "./picture-source.ts";
import { prepareSupport, type Support } from "./prepare-support.ts";
import { checkBeforeEncoding, fitOptionsOf } from "./train.ts";

/** How methods are compared. */
export interface CompareOptions extends EncodeOptions {
  /** Names of methods, such as `lamm` or `gda@lamm`; {@link quickMethods} if not given. */
  readonly methods?: readonly string[];
  /** Methods to choose from, which go to training as `methods`; all that come with the library if not given. */
  readonly known?: readonly Method[];
  /** What all of them are set to: shots, seed, views, template; one that is given goes before text features that a file brings. */
  readonly config?: Pick<TrainConfigInput, "shots" | "seed" | "views" | "template">;
  /**
   * Folds of a cross-validation on the training pictures, by which the winner is chosen. If not given there is one only where there
   * is no test part: 5 folds, or as many as the smallest class has pictures.
   */
  readonly folds?: number;
  /**
   * File that keeps what is measured of each method, so that a stopped comparison goes on with the next one; none if not given.
   */
  readonly checkpoint?: string;
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

/** What all methods share. */
export interface Contest {
  readonly source: PictureSource;
  readonly options: CompareOptions & { readonly known: readonly Method[] };
  readonly supports: Supports;
  readonly hasTest: boolean;
}

/** One method with what is needed to finish it, should it win. */
export interface Entry {
  readonly config: TrainConfig;
  readonly result: MethodResult;
  readonly folds?: number;
  /** Held-out logits, float32 `[N, C]`, of the cross-validation. */
  readonly logits?: Tensor<"float32">;
  /** Trained on all pictures. */
  readonly adapter?: Adapter;
}

/** The support set, as features and, for methods that need them, as pixels; each is made once. */
export function createSupports(source: PictureSource, options: Contest["options"]) {
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
export async function runMethod(contest: Contest, config: TrainConfig): Promise<Entry | undefined> {
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
  const sourceOptions = fitOptionsOf(source, options.config?.template);
  const fitting = { ...sourceOptions, methods: known, config, ...(signal && { signal }) };
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

/** The share of right predictions, with its interval. */
export function shareOf({ accuracy, correct, total }: Evaluation): ScoredShare {
  return { accuracy, interval: wilsonInterval({ correct, total }), correct, total };
}
