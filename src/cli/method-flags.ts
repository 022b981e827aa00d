import { type Command, InvalidArgumentError } from "commander";
import { ConfigError } from "../errors.ts";
import { MAX_VIEWS, type TrainConfigInput } from "../training/train-config.ts";
import { choiceOption, nonNegative, positive, tokenCount, wholeNumber } from "./options.ts";

/** Flags of commands that train: those that all methods have, and the most used ones of some. */
export interface MethodFlags {
  readonly shots?: number;
  readonly seed?: number;
  readonly schedule?: "fast" | "published";
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly views?: number;
  readonly template?: string;
  readonly tokens?: "shared" | "all" | number;
  readonly init?: "words" | "random";
  readonly context?: number;
  readonly contextInit?: "words" | "random";
  readonly classContext?: boolean;
  readonly classPosition?: "end" | "middle" | "front";
  readonly depth?: number;
  readonly hierarchicalLoss: boolean;
  readonly lossParameters?: number;
  readonly lossFeatures?: number;
  readonly lossLogits?: number;
  readonly lossTemperature?: number;
  readonly set?: Readonly<Record<string, unknown>>;
}

/** Adds the flags of {@link MethodFlags}. */
export function addMethodOptions(command: Command): Command {
  return addPromptOptions(
    command
      .option("--shots <n>", "pictures of each class to learn from (default: all)", wholeNumber(1))
      .option("--seed <n>", "seed of all random draws (default: 1)", wholeNumber(0))
      .option(
        "--views <n>",
        "augmented views of each picture (default: 1, the centre crop)",
        wholeNumber(1, MAX_VIEWS),
      )
      .option("--template <text>", 'prompt with {} for the class name (default: "a photo of a {}.")')
      .option(
        "--set <name=value>",
        "any other option of the method, as `lamm methods <name>` lists them; may be repeated",
        collectOptions,
      ),
  );
}

function addPromptOptions(command: Command): Command {
  return command
    .addOption(choiceOption("--schedule <name>", "few large steps, or the paper's", ["fast", "published"]))
    .option(
      "--epochs <n>",
      "epochs of the published schedule (LAMM: 50), evaluations of the fast one (25)",
      wholeNumber(1),
    )
    .option("--batch-size <n>", "pictures a step of the published schedule (LAMM: 32)", wholeNumber(1))
    .option("--learning-rate <x>", "of the published schedule (LAMM: 0.002)", positive)
    .option("--tokens <n>", "name tokens to learn: shared, all, or a number (default: shared)", tokenCount)
    .addOption(choiceOption("--init <how>", "where the tokens start", ["words", "random"]))
    .option("--context <n>", "context vectors (default: as many as the template has words)", wholeNumber(1))
    .addOption(choiceOption("--context-init <how>", "where the context starts", ["words", "random"]))
    .option("--class-context", "a context of its own for each class")
    .addOption(
      choiceOption("--class-position <place>", "where the class name stands", ["end", "middle", "front"]),
    )
    .option("--depth <n>", "blocks whose input has prompts (default: 9)", wholeNumber(1))
    .option(
      "--loss-parameters <w>",
      "weight of the tokens' distance from the words (default: 1 / shots, a quarter of it for fast)",
      nonNegative,
    )
    .option("--loss-features <w>", "weight of the text features' distance (default: 1)", nonNegative)
    .option("--loss-logits <w>", "weight of the distance of the predictions (default: 0.05)", nonNegative)
    .option("--loss-temperature <t>", "temperature of that distance (default: 2)", positive)
    .option("--no-hierarchical-loss", "cross-entropy alone");
}

/** Collects `name=value`; values are numbers or JSON where they look like it, else text. */
function collectOptions(value: string, before: Record<string, unknown> = {}): Record<string, unknown> {
  const [, name, text = ""] = /^([A-Za-z][A-Za-z0-9]*)=(.+)$/s.exec(value) ?? [];
  if (name === undefined) throw new InvalidArgumentError("Expected name=value, such as alpha=1.");
  if (name === "method") throw new InvalidArgumentError("The method itself is chosen with --method.");
  return { ...before, [name]: parseValue(text) };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Flags that were given, under the configuration's names; what was not given is left to its defaults.
 *
 * @param method as `--method` has it
 * @throws {ConfigError} if the hierarchical loss is left out, and a part of it given a weight
 */
export function configOf(method: string | undefined, flags: MethodFlags): TrainConfigInput {
  const loss = defined({
    parameters: flags.lossParameters,
    features: flags.lossFeatures,
    logits: flags.lossLogits,
    temperature: flags.lossTemperature,
  });
  if (!flags.hierarchicalLoss) checkNoWeights(flags);
  const withoutHierarchy = { parameters: 0, features: 0, logits: 0 };
  const given = {
    method,
    shots: flags.shots,
    seed: flags.seed,
    schedule: flags.schedule,
    epochs: flags.epochs,
    batchSize: flags.batchSize,
    learningRate: flags.learningRate,
    views: flags.views,
    template: flags.template,
    tokens: flags.tokens,
    initialisation: flags.init,
    context: flags.context,
    contextInit: flags.contextInit,
    classContext: flags.classContext,
    classPosition: flags.classPosition,
    depth: flags.depth,
    loss: flags.hierarchicalLoss ? (Object.keys(loss).length > 0 ? loss : undefined) : withoutHierarchy,
  };
  return defined({ ...given, ...flags.set }) as TrainConfigInput;
}

/** Flags that are about parts of the hierarchical loss. */
const LOSS_FLAGS = {
  lossParameters: "--loss-parameters",
  lossFeatures: "--loss-features",
  lossLogits: "--loss-logits",
  lossTemperature: "--loss-temperature",
} as const;

function checkNoWeights(flags: MethodFlags): void {
  const names = Object.keys(LOSS_FLAGS) as (keyof typeof LOSS_FLAGS)[];
  const given = [
    ...names.flatMap((name) => (flags[name] === undefined ? [] : [LOSS_FLAGS[name]])),
    ...(flags.set !== undefined && "loss" in flags.set ? ["--set loss"] : []),
  ];
  if (given.length === 0) return;
  throw new ConfigError({
    where: "--no-hierarchical-loss",
    expected: "nothing about the parts of the loss that it leaves out",
    got: given.join(" and "),
    fix: "Leave out one or the other; a weight of 0 leaves out a part alone.",
  });
}

function defined(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
