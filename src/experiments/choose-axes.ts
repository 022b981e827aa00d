import { join } from "node:path";
import { EMBEDDED_MODEL } from "../clip/node/embedded-model.ts";
import {
  benchmarkNames,
  findDataset,
  inspectDatasets,
  pictureWorldNames,
} from "../data/datasets/registry.ts";
import { DataError } from "../errors.ts";
import { type Experiment, SEEDS } from "./experiments.ts";
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

/**
 * What an experiment spans: what was asked for, and the paper's for the rest. Without data sets these are the eleven of the paper, or
 * the embedded eleven where the data folder has those and none of the others; the embedded ones are measured with the embedded model.
 *
 * @throws {DataError} if the data folder has none of them
 * @throws {ConfigError} if a data set is not known
 */
export function chooseAxes(experiment: Experiment, given: Partial<GridAxes>, data: string): GridAxes {
  const datasets = given.datasets
    ? given.datasets.flatMap((name) => groupOf(experiment, name) ?? [findDataset(name).name])
    : defaultDatasets(experiment, data);
  const isEmbedded = datasets.every((name) => pictureWorldNames.includes(name));
  return {
    datasets: [...new Set(datasets)],
    shots: given.shots ?? experiment.shots,
    seeds: given.seeds ?? SEEDS,
    methods: given.methods ?? experiment.methods,
    models: given.models ?? defaultModels(experiment, { data, isEmbedded }),
  };
}

function groupOf({ usable }: Experiment, name: string): string[] | undefined {
  const members = GROUPS[name];
  return members && usable(members);
}

function defaultDatasets({ usable }: Experiment, data: string): string[] {
  const present = new Set(
    inspectDatasets(data)
      .filter(({ state }) => state !== "absent")
      .map(({ name }) => name),
  );
  const group = [benchmarkNames, pictureWorldNames].find((names) => names.some((name) => present.has(name)));
  if (group !== undefined) return usable(group);
  throw new DataError({
    where: data,
    expected: "data sets to experiment on",
    got: "none that is known",
    fix: "Name their folder with --data; `lamm datasets` lists what belongs into it.",
  });
}

function defaultModels(
  { comparesModels }: Experiment,
  { data, isEmbedded }: { readonly data: string; readonly isEmbedded: boolean },
): readonly string[] {
  if (!isEmbedded) return comparesModels ? Object.keys(paperModels) : [PAPER_MODEL];
  const small = SMALL_MODELS.map((name) => join(data, "backbones", name));
  return comparesModels ? [...small, EMBEDDED_MODEL] : [EMBEDDED_MODEL];
}
