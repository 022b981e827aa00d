import type { DatasetState } from "../data/datasets/dataset.ts";
import { inspectDatasets } from "../data/datasets/registry.ts";
import { ConfigError } from "../errors.ts";
import { chooseAxes } from "./choose-axes.ts";
import { type Experiment, experiments, findExperiment } from "./experiments.ts";
import { checkSettings, type MethodSettings, unusedSettings } from "./method-settings.ts";
import type { GridAxes, GridCell } from "./plan-grid.ts";

/** Stands for all experiments. */
const ALL = "all";

/** An experiment with its cells. */
export interface PlannedExperiment {
  readonly experiment: Experiment;
  readonly cells: readonly GridCell[];
}

/** What was asked for. */
export interface ExperimentRequest {
  /** Names of experiments, or `all`. */
  readonly names: readonly string[];
  /** What the experiments span; the paper's where nothing is given. */
  readonly axes: Partial<GridAxes>;
  readonly settings: MethodSettings;
  /** Folder that holds the data sets' folders. */
  readonly data: string;
  /** Called with a sentence that the user may want to know. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Plans experiments; no model is opened. Several share what was asked for as far as each can use it: what one cannot is left out there,
 * with a notice.
 *
 * @throws {ConfigError} if an experiment, data set, method or setting is not known, or nothing is left of what was asked for
 * @throws {DataError} if the data folder has no data sets
 */
export function planExperiments(request: ExperimentRequest): PlannedExperiment[] {
  const { names, axes, settings, data, onNotice } = request;
  const named = names.filter((name) => name !== ALL).map(findExperiment);
  const chosen = names.includes(ALL) ? experiments : [...new Set(named)];
  const isOneOfSeveral = chosen.length > 1;
  let states: readonly DatasetState[] | undefined;
  // Looks for every picture: once for all experiments.
  const inspect = () => {
    states ??= inspectDatasets(data);
    return states;
  };
  const common = { data, isOneOfSeveral, inspect, ...(onNotice && { onNotice }) };
  const spans = chosen.flatMap((experiment) => {
    const found = chooseAxes(experiment, axes, common);
    return found ? [{ experiment, axes: found }] : [];
  });
  if (spans.length === 0) {
    throw new ConfigError({
      where: `experiments ${chosen.map(({ name }) => name).join(", ")}`,
      expected: "data sets and methods that one of them can use",
      got: "none",
    });
  }
  const methods = [...new Set(spans.flatMap((span) => span.axes.methods))];
  checkSettings(settings, methods);
  const unused = unusedSettings(settings, methods);
  if (unused.length > 0) onNotice?.(`settings of ${unused.join(", ")} change nothing: not in this grid`);
  return spans.map((span) => ({
    experiment: span.experiment,
    cells: span.experiment.cells(span.axes, settings),
  }));
}
