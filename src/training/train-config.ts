import { z } from "zod";
import { ConfigError } from "../errors.ts";
import type { HierarchicalLossWeights } from "../methods/hierarchical-loss.ts";
import type { Method } from "../methods/method.ts";
import { methods as allMethods, findMethod } from "../methods/methods.ts";
import { parseConfig } from "./parse-config.ts";

/** Most augmented views of a picture. */
export const MAX_VIEWS = 1000;

/** Text features that come from the class names alone, not from another method. */
export const WORDS = "words";

const weight = z.number().nonnegative();

const lossSchema = z.strictObject({
  /** l1, of the distance of the label tokens from the original ones; the method's own if not given, a quarter of it with the fast schedule. */
  parameters: weight.optional(),
  /** l2, of the cosine distance of the text features from the original ones; the method's own if not given. */
  features: weight.optional(),
  /** l3, of the cross-entropy between learned and original predictions; the method's own if not given. */
  logits: weight.optional(),
  /** T, by which the logits are divided in the third part; the method's own if not given. */
  temperature: z.number().positive().optional(),
});

const commonSchema = z.strictObject({
  /** What is trained; `gda@lamm` is short for method `gda` on `lamm`. */
  method: z.string().min(1).default("lamm"),
  /** Pictures of each class to learn from; all there are if not given. */
  shots: z.int().positive().optional(),
  /** Seeds the draw of the shots, their views, their order and random initialisation. */
  seed: z.int().nonnegative().default(1),
  /** Augmented views of each picture; 1 is the centre crop alone. */
  views: z.int().positive().max(MAX_VIEWS).default(1),
  /** Prompt with `{}` for the class name. */
  template: z.string().default("a photo of a {}."),
});

/** Enough to find the method, on which everything else depends. */
const specSchema = z.looseObject({ method: z.string().optional() });

const promptSchema = commonSchema.extend({
  /** `fast` for few large steps, `published` for the paper's; the method's own if not given. */
  schedule: z.enum(["fast", "published"]).optional(),
  /** Epochs of the published schedule, evaluations of the fast one; the method's own and 25 if not given. */
  epochs: z.int().positive().optional(),
  /** Pictures a step of the published schedule; the method's own if not given. */
  batchSize: z.int().positive().optional(),
  /** Learning rate of the published schedule, at the top of its cosine; the method's own if not given. */
  learningRate: z.number().positive().optional(),
  /** Weights of the hierarchical loss. */
  loss: lossSchema.default({}),
});

const featureSchema = commonSchema.extend({
  /** Whose text features it builds on: those of the words, or of a method that learns prompts. */
  on: z.string().min(1).default(WORDS),
});

/** What training can be set to; everything has a default. Options of methods stand beside what all have. */
export type TrainConfigInput = z.input<typeof commonSchema> &
  Partial<z.input<typeof promptSchema>> &
  Partial<z.input<typeof featureSchema>> & {
    readonly [option: string]: unknown;
  };

/** What every training is set to. */
type CommonConfig = z.output<typeof commonSchema>;

/** What the training of prompts is set to. */
export interface PromptTrainConfig
  extends Readonly<Omit<z.output<typeof promptSchema>, "loss" | "schedule">> {
  readonly schedule: "fast" | "published";
  /** Without `parameters` that is the method's own for the number of shots. */
  readonly loss: Omit<HierarchicalLossWeights, "parameters"> & { readonly parameters?: number };
  readonly [option: string]: unknown;
}

/** What fitting to features is set to. */
export interface FeatureTrainConfig extends Readonly<z.output<typeof featureSchema>> {
  readonly [option: string]: unknown;
}

/** What training is set to. */
export type TrainConfig = PromptTrainConfig | FeatureTrainConfig;

/**
 * Fills in the defaults; the result is frozen.
 *
 * @param known methods to choose from; all if not given
 * @throws {ConfigError} naming an unknown key, with the nearest one that there is, or a value that is not allowed, or as
 *   {@link checkSchedule} does where a schedule is given
 */
export function resolveTrainConfig(
  input: TrainConfigInput,
  known: readonly Method[] = allMethods,
): TrainConfig {
  const where = "training configuration";
  const { method: spec = "lamm" } = parseConfig(specSchema, input, where);
  const [name = "", on, ...more] = spec.split("@");
  const method = findMethod(more.length > 0 ? spec : name, known);
  const given = { ...input, method: name, ...(on !== undefined && { on }) };
  const about = (key: string) => aboutUnknown(key, name, known);
  if (method.kind === "features") {
    const schema = featureSchema.extend(method.options.shape);
    const config = parseConfig(schema, given, where, about) as z.output<typeof featureSchema>;
    checkBase(config.on, known);
    return Object.freeze(config) as FeatureTrainConfig;
  }
  const schema = promptSchema.extend(method.options.shape);
  const config = parseConfig(schema, given, where, about) as ParsedPromptConfig;
  const schedule = config.schedule ?? method.schedules[0] ?? "published";
  if (!method.schedules.includes(schedule)) {
    throw new ConfigError({
      where: `${where}, schedule`,
      expected: `${method.schedules.join(" or ")}, by which "${name}" can be trained`,
      got: schedule,
    });
  }
  // Of the weights l1 alone depends on the shots, which are counted when there are pictures.
  const { parameters: _, ...weights } = method.lossWeights(1);
  const loss = Object.freeze({ ...weights, ...defined(config.loss) });
  const resolved = Object.freeze({ ...config, schedule, loss }) as PromptTrainConfig;
  // Where no schedule is given the question is but whether the method has an option, as grids ask it; training refuses it then.
  if (config.schedule !== undefined) checkSchedule(resolved);
  return resolved;
}

/** Settings of the published schedule that the fast one, which takes all pictures and searches the length of each step, has none of. */
const OF_PUBLISHED = ["batchSize", "learningRate"] as const;

/**
 * Throws where a setting would be without effect, as it is not of the schedule that is trained by. Everything that trains does so.
 *
 * @param config as {@link resolveTrainConfig} made it
 * @throws {ConfigError} naming the setting
 */
export function checkSchedule(config: TrainConfig): void {
  if (config.schedule !== "fast") return;
  const given = OF_PUBLISHED.find((name) => config[name] !== undefined);
  if (given === undefined) return;
  throw new ConfigError({
    where: `training configuration, ${given}`,
    expected: "none with the fast schedule, as it is of the published one",
    got: `${config[given]}`,
    fix: 'Leave it out, or add --schedule published (in a program, schedule: "published").',
  });
}

/**
 * What an adapter says of its training, without settings that were without effect: earlier versions recorded these, and
 * {@link checkSchedule} would refuse them.
 */
export function effectiveSettings(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const dropped: readonly string[] = config.schedule === "fast" ? OF_PUBLISHED : [];
  return Object.fromEntries(Object.entries(config).filter(([name]) => !dropped.includes(name)));
}

/** Whose option a key is that a method does not have, or where its own are listed. */
function aboutUnknown(key: string, name: string, known: readonly Method[]): string {
  const owners =
    key in promptSchema.shape
      ? "methods that learn prompts"
      : key in featureSchema.shape
        ? "methods that work on features"
        : known.flatMap((method) => (key in method.options.shape ? [method.name] : [])).join(", ");
  return owners === ""
    ? `\`lamm methods ${name}\` lists its options.`
    : `"${key}" is for ${owners}, not for ${name}.`;
}

/** The schema's output; that of a method's own options is known to the method alone. */
type ParsedPromptConfig = z.output<typeof promptSchema>;

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Throws unless text features of this name can be had: of the words, or of prompts that are the same for all pictures. */
function checkBase(on: string, known: readonly Method[]): void {
  if (on === WORDS) return;
  const base = findMethod(on, known);
  const problem =
    base.kind === "features"
      ? "works on features itself"
      : base.readsImageFeatures
        ? "has other text features for each picture"
        : base.promptsImageTower
          ? "changes the image features too"
          : undefined;
  if (problem === undefined) return;
  throw new ConfigError({
    where: "training configuration, on",
    expected: `${WORDS}, or a method that learns text features, such as lamm`,
    got: `"${on}", which ${problem}`,
  });
}

/** Values of a method's own options in a configuration. */
export function methodOptions(method: Method, config: TrainConfig): Record<string, unknown> {
  const { shape } = method.options;
  return method.options.parse(
    Object.fromEntries(Object.keys(shape).flatMap((key) => (key in config ? [[key, config[key]]] : []))),
  );
}

/**
 * The method that a label names: `gda` of `gda@lamm`.
 *
 * @throws {ConfigError} if there is none
 */
export function methodOfLabel(label: string, known: readonly Method[] = allMethods): Method {
  const [name = ""] = label.split("@");
  return findMethod(name, known);
}

/** Name of what a configuration trains, as tables and adapters show it: `gda@lamm` for GDA on LAMM's text features. */
export function methodLabel(config: Pick<CommonConfig, "method"> & { readonly on?: unknown }): string {
  return config.on === undefined || config.on === WORDS ? config.method : `${config.method}@${config.on}`;
}
