import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { ConfigError, DataError } from "../errors.ts";
import { freezeParameters } from "../methods/freeze-parameters.ts";
import type { HierarchicalLossWeights } from "../methods/hierarchical-loss.ts";
import type { Method, PromptMethodDefinition } from "../methods/method.ts";
import { methods as allMethods } from "../methods/methods.ts";
import type { StoredTensor } from "../tensor/tensor.ts";
import type { Adapter, Addition } from "./adapter.ts";
import { sharedParameters } from "./class-parameters.ts";
import { createPromptMethod } from "./fit-prompts.ts";
import {
  effectiveSettings,
  methodOfLabel,
  type PromptTrainConfig,
  resolveTrainConfig,
  type TrainConfigInput,
} from "./train-config.ts";

/** How new classes are learned where that is not as the adapter's own were. */
export type AdditionConfigInput = Partial<
  Pick<
    TrainConfigInput,
    "shots" | "seed" | "views" | "schedule" | "epochs" | "batchSize" | "learningRate" | "loss"
  >
>;

/** Classes that are to join an adapter. */
export interface AdditionRequest {
  readonly adapter: Adapter;
  /** Names of the new classes. */
  readonly classNames: readonly string[];
  readonly clip: ClipCheckpoint;
  /** What they learn to be told from; `old` if not given, `none` where the adapter has no text features that could be fixed. */
  readonly negatives?: Addition["negatives"];
  readonly config?: AdditionConfigInput;
  /**
   * Whether a new class may have the name of one that is there, as in ImageNet, where two classes are called "missile"; if not given such
   * a class is refused, as it is most likely there already.
   */
  readonly allowEqualNames?: boolean;
  /** Methods to find the adapter's among; all that come with the library if not given. */
  readonly methods?: readonly Method[];
  /** Brings a stored tensor into memory as float32. */
  readonly readFloat32: (stored: StoredTensor) => Float32Array;
}

/** What a request comes to. */
export interface AdditionPlan {
  readonly config: PromptTrainConfig;
  readonly negatives: Addition["negatives"];
  /** Whether there is something to train: a method that shares all it learned needs the new names alone. */
  readonly trains: boolean;
}

/** Settings that go with one schedule. */
const OF_SCHEDULE = ["epochs", "batchSize", "learningRate"] as const;

/**
 * Checks whether classes can join an adapter, and how. No picture is needed for that.
 *
 * @throws {ConfigError} if the adapter's method fits all classes together, a name does not fit the template, or there is nothing
 *   that the new classes could be told from
 * @throws {DataError} if the adapter has a class of one of the names
 */
export function planAddition(request: AdditionRequest): AdditionPlan {
  const { adapter, classNames, clip, methods = allMethods, readFloat32 } = request;
  const definition = findIncrementalMethod(adapter, methods);
  if (!request.allowEqualNames) checkNamesAreNew(adapter, classNames);
  const config = additionConfig(adapter, request.config ?? {}, methods);
  const method = freezeParameters(
    createPromptMethod(definition, config, { clip, classNames, readFloat32 }),
    sharedParameters(adapter),
  );
  const trains = method.parameters.length > 0;
  const hasFixed = adapter.textFeatures !== undefined;
  const { negatives = hasFixed ? "old" : "none" } = request;
  if (trains && negatives === "old" && !hasFixed) {
    throw new ConfigError({
      where: "negatives",
      expected: `"none", as the text features of "${adapter.method}" depend on the picture and cannot be fixed`,
      got: '"old"',
    });
  }
  if (trains && negatives === "none" && classNames.length === 1) {
    throw new ConfigError({
      where: `class "${classNames[0]}"`,
      expected: "at least two new classes, which learn to be told from each other",
      got: "one, and no negatives",
      fix: hasFixed
        ? 'Take "old" negatives, or add several classes.'
        : "Add several classes, or train again.",
    });
  }
  return { config, negatives: trains ? negatives : "none", trains };
}

/**
 * The method of an adapter that classes can join.
 *
 * @throws {ConfigError} if it fits all classes together
 */
export function findIncrementalMethod(
  { method: label }: Pick<Adapter, "method">,
  methods: readonly Method[] = allMethods,
): PromptMethodDefinition {
  const method = methodOfLabel(label, methods);
  if (method.kind === "prompts") return method;
  throw new ConfigError({
    where: `method "${label}"`,
    expected: "a method that learns each class by itself, so that others stay as they are",
    got: "one that is fitted to the pictures of all classes together",
    fix: "Train again with the pictures of all classes.",
  });
}

function checkNamesAreNew(adapter: Adapter, classNames: readonly string[]): void {
  const known = classNames.filter((name) => adapter.classNames.includes(name));
  if (known.length === 0) return;
  throw new DataError({
    where: "new classes",
    expected: "names that the adapter does not have yet",
    got: known.map((name) => `"${name}"`).join(", "),
    fix: "Leave these folders out or give them other names; `lamm remove` takes a class out of an adapter.",
  });
}

/**
 * The adapter's own configuration but for what is given. A weight l1 that went with the number of shots is counted anew; one that
 * was given stays, and one of 0 even where the adapter does not say so: adapters were written before they did.
 *
 * @throws {ConfigError} if what is given is not of the schedule
 */
export function additionConfig(
  adapter: Adapter,
  given: AdditionConfigInput,
  methods: readonly Method[] = allMethods,
): PromptTrainConfig {
  const { loss, ...own } = effectiveSettings(adapter.config) as { loss?: Partial<HierarchicalLossWeights> };
  const changed = defined(given);
  const { schedule } = own as { schedule?: unknown };
  const dropped = changed.schedule !== undefined && changed.schedule !== schedule ? OF_SCHEDULE : [];
  const kept = Object.entries(own).filter(([key]) => !dropped.some((other) => other === key));
  const { parameters, ...weights } = loss ?? {};
  const keepsParameters = adapter.lossParametersGiven || parameters === 0;
  const input = {
    ...Object.fromEntries(kept),
    ...changed,
    loss: { ...weights, ...(keepsParameters && { parameters }), ...defined(given.loss ?? {}) },
  };
  return resolveTrainConfig(input as TrainConfigInput, methods) as PromptTrainConfig;
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
