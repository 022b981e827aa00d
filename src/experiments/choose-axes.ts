import { join } from "node:path";
import { EMBEDDED_MODEL } from "../clip/node/embedded-model.ts";
import type { DatasetState } from "../data/datasets/dataset.ts";
import {
  benchmarkNames,
  findDataset,
  inspectDatasets,
  pictureWorldNames,
} from "../data/datasets/registry.ts";
import { ConfigError, DataError } from "../errors.ts";
import { type Experiment, SEEDS, WITH_DOMAINS } from "./experiments.ts";
import { paperModels } from "./paper-models.ts";
import type { GridAxes } from "./plan-grid.ts";

/** The paper's backbone for all but the comparison of backbones. */
const PAPER_MODEL = "ViT-B/16";
/** Small CLIPs that `npm run backbones` trains, below the data folder. */
const SMALL_MODELS = ["vit-32-64", "vit-32-128", "vit-16-128"] as const;

/** Names of groups of data sets, which stand for their members. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  paper: benchmarkNames,
  "picture-world": pictureWorldNames,
};

/** Where an experiment's axes are chosen. */
export interface AxesOptions {
  /** Folder that holds the data sets' folders. */
  readonly data: string;
  /** States of all data sets in it, where others ask for them too; looked at when they are needed if not given. */
  readonly inspect?: () => readonly DatasetState[];
  /** Whether others are run beside it, for which data sets and methods may be meant that it cannot use. */
  readonly isOneOfSeveral?: boolean;
  /** Called with a sentence that the user may want to know. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * What an experiment spans: what was asked for, and the paper's for the rest. Without data sets these are those of the paper's eleven
 * that are complete, or of the embedded eleven where the data folder has none of the paper's; the embedded ones are measured with the
 * embedded model.
 *
 * @returns `undefined` where it is one of several and can use none of the data sets or methods
 * @throws {DataError} if the data folder has none of them
 * @throws {ConfigError} if a data set or method is not known, or the experiment alone cannot measure a method
 */
export function chooseAxes(
  experiment: Experiment,
  given: Partial<GridAxes>,
  options: AxesOptions,
): GridAxes | undefined {
  const { data } = options;
  const asked = given.datasets?.flatMap((name) => groupOf(experiment, name) ?? [findDataset(name).name]);
  const datasets = asked
    ? keepOf(experiment, "data sets", { names: asked, usable: experiment.usable(asked) }, options)
    : defaultDatasets(experiment, options);
  const methods = given.methods ?? experiment.methods;
  const usable = methods.filter((name) => experiment.suits(name));
  const kept = keepOf(experiment, "methods", { names: methods, usable }, options);
  if (datasets.length === 0 || kept.length === 0) {
    if (options.isOneOfSeveral) return undefined;
    throw new ConfigError({
      where: `data sets and methods of ${experiment.name}`,
      expected: "one of each at least that it can use",
      got: datasets.length === 0 ? "no such data set" : "no such method",
      fix: "Name others with --datasets and --methods; `lamm datasets` lists what is there.",
    });
  }
  const isEmbedded = datasets.every((name) => pictureWorldNames.includes(name));
  return {
    datasets: [...new Set(datasets)],
    shots: given.shots ?? experiment.shots,
    seeds: given.seeds ?? SEEDS,
    methods: kept,
    models: given.models ?? defaultModels(experiment, { data, isEmbedded }),
  };
}

/** What an experiment can use of what was asked for; by itself it must be all. */
function keepOf(
  { name, methods }: Experiment,
  what: "data sets" | "methods",
  { names, usable }: { readonly names: readonly string[]; readonly usable: readonly string[] },
  { isOneOfSeveral = false, onNotice }: AxesOptions,
): readonly string[] {
  const rest = names.filter((one) => !usable.includes(one));
  if (rest.length === 0) return usable;
  if (isOneOfSeveral) {
    onNotice?.(`${name} cannot use these ${what}, which are left out there: ${rest.join(", ")}`);
    return usable;
  }
  throw new ConfigError({
    where: `${what} of ${name}`,
    expected: what === "methods" ? `some that it can measure, such as ${methods.join(", ")}` : WITH_DOMAINS,
    got: rest.join(", "),
  });
}

function groupOf({ usable }: Experiment, name: string): string[] | undefined {
  const members = GROUPS[name];
  return members && usable(members);
}

function defaultDatasets({ name, usable }: Experiment, options: AxesOptions): string[] {
  const { data, inspect = () => inspectDatasets(data), onNotice } = options;
  const states = new Map(inspect().map((found) => [found.name, found.state]));
  const groups = [benchmarkNames, pictureWorldNames];
  const isComplete = (one: string) => states.get(one) === "complete";
  const isThere = (one: string) => states.get(one) !== "absent";
  // Where none is complete, opening the first that is there says what it lacks.
  const group = groups.find((names) => names.some(isComplete)) ?? groups.find((names) => names.some(isThere));
  if (group === undefined) {
    throw new DataError({
      where: data,
      expected: "data sets to experiment on",
      got: "none that is known",
      fix: "Name their folder with --data; `lamm datasets` lists what belongs into it.",
    });
  }
  const complete = group.filter(isComplete);
  if (complete.length === 0) return usable(group.filter(isThere));
  const lacking = usable(group).filter((one) => !isComplete(one));
  if (lacking.length > 0) {
    const hint = "`lamm datasets` says what is missing";
    onNotice?.(`${name} is without ${lacking.join(", ")}, which are not there or not complete (${hint})`);
  }
  return usable(complete);
}

function defaultModels(
  { comparesModels }: Experiment,
  { data, isEmbedded }: { readonly data: string; readonly isEmbedded: boolean },
): readonly string[] {
  if (!isEmbedded) return comparesModels ? Object.keys(paperModels) : [PAPER_MODEL];
  const small = SMALL_MODELS.map((name) => join(data, "backbones", name));
  return comparesModels ? [...small, EMBEDDED_MODEL] : [EMBEDDED_MODEL];
}
