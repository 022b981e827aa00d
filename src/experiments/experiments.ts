import { datasetDefinitions } from "../data/datasets/registry.ts";
import { ConfigError } from "../errors.ts";
import { nearestName } from "../methods/nearest-name.ts";
import { methodOfLabel } from "../training/train-config.ts";
import { ZERO_SHOT } from "./cell.ts";
import { checkLossParts, PARTS_OF_THE_LOSS, WITH_AND_WITHOUT } from "./loss-variants.ts";
import { hasOption, type MethodSettings } from "./method-settings.ts";
import { type GridAxes, type GridCell, gridCells, type Variant } from "./plan-grid.ts";
import { type ExperimentName, experimentNames } from "./result-row.ts";

/** An experiment of the paper: what it spans, and the cells that this comes to. */
export interface Experiment {
  readonly name: ExperimentName;
  /** In a line, for help. */
  readonly summary: string;
  readonly shots: readonly number[];
  readonly methods: readonly string[];
  /** Whether it compares backbones. */
  readonly comparesModels: boolean;
  /** Data sets that it can use, of those there are. */
  usable(names: readonly string[]): string[];
  /**
   * Whether it can measure a method.
   *
   * @throws {ConfigError} if there is no such method
   */
  suits(method: string): boolean;
  cells(axes: GridAxes, settings: MethodSettings): GridCell[];
}

/** Data sets that learning on one and testing on others needs, in words for errors. */
export const WITH_DOMAINS = "some with other pictures of the same classes, such as ImageNet";

const SHOTS = [1, 2, 4, 8, 16] as const;
const MOST = [16] as const;
/** Seeds of the paper. */
export const SEEDS = [1, 2, 3] as const;
const WITH_LAMM = ["lamm", "coop+lamm", "maple+lamm"] as const;

const INITIALISATIONS: readonly Variant[] = [
  { name: "words", config: { initialisation: "words" } },
  { name: "random", config: { initialisation: "random" } },
];

const everyOne = (names: readonly string[]) => [...names];
const everyMethod = (method: string) => {
  if (method !== ZERO_SHOT) methodOfLabel(method);
  return true;
};
/** Of methods alone that have an option, which zero-shot does not. */
const withOption = (name: string, value: unknown) => (method: string) =>
  method !== ZERO_SHOT && hasOption(method, name, value);
/** Methods on features fit all classes together. */
const learnsInParts = (method: string) => method === ZERO_SHOT || methodOfLabel(method).kind === "prompts";

const fewShot: Experiment = {
  name: "few-shot",
  summary: "accuracy by shots on every data set",
  shots: SHOTS,
  methods: [ZERO_SHOT, "coop", "maple", ...WITH_LAMM],
  comparesModels: false,
  usable: everyOne,
  suits: everyMethod,
  cells: (axes, settings) => gridCells({ ...axes, settings, task: "accuracy" }),
};

const domain: Experiment = {
  name: "domain",
  summary: "learned on one data set, tested on other pictures of the same classes",
  shots: MOST,
  methods: [ZERO_SHOT, "coop", "cocoop", "maple", "lamm"],
  comparesModels: false,
  usable: (names) => names.filter((name) => targetsOf(name).length > 0),
  suits: everyMethod,
  cells(axes, settings) {
    const targets = Object.fromEntries(axes.datasets.map((name) => [name, targetsOf(name)]));
    const lonely = axes.datasets.filter((name) => targets[name]?.length === 0);
    if (lonely.length > 0) {
      throw new ConfigError({
        where: "data sets of domain",
        expected: WITH_DOMAINS,
        got: lonely.join(", "),
      });
    }
    return gridCells({ ...axes, settings, targets, task: "transfer" });
  },
};

const incremental: Experiment = {
  name: "incremental",
  summary: "half of the classes learned first, then the others",
  shots: MOST,
  methods: [ZERO_SHOT, "coop", "maple", "lamm"],
  comparesModels: false,
  usable: everyOne,
  suits: learnsInParts,
  cells: (axes, settings) => gridCells({ ...axes, settings, task: "incremental" }),
};

const ablationLoss: Experiment = {
  name: "ablation-loss",
  summary: "parts of the hierarchical loss: with and without at all shots, each subset at the most",
  shots: SHOTS,
  methods: WITH_LAMM,
  comparesModels: false,
  usable: everyOne,
  suits: withOption("loss", {}),
  cells(axes, settings) {
    const common = { ...axes, settings, task: "accuracy" } as const;
    const atMost = {
      shots: [Math.max(...axes.shots)],
      methods: axes.methods.filter((name) => name === "lamm"),
    };
    const cells = [
      ...gridCells({ ...common, variants: WITH_AND_WITHOUT }),
      ...gridCells({ ...common, ...atMost, variants: PARTS_OF_THE_LOSS }),
    ];
    checkLossParts(cells);
    return cells;
  },
};

const ablationInit: Experiment = {
  name: "ablation-init",
  summary: "label tokens that start at the class name, or at random",
  shots: SHOTS,
  methods: ["lamm"],
  comparesModels: false,
  usable: everyOne,
  suits: withOption("initialisation", "random"),
  cells: (axes, settings) => gridCells({ ...axes, settings, task: "accuracy", variants: INITIALISATIONS }),
};

const ablationBackbone: Experiment = {
  name: "ablation-backbone",
  summary: "several CLIPs",
  shots: MOST,
  methods: [ZERO_SHOT, "coop", "lamm"],
  comparesModels: true,
  usable: everyOne,
  suits: everyMethod,
  cells: (axes, settings) => gridCells({ ...axes, settings, task: "accuracy" }),
};

/** The paper's experiments, in its order. */
export const experiments: readonly Experiment[] = [
  fewShot,
  domain,
  incremental,
  ablationLoss,
  ablationInit,
  ablationBackbone,
];

/**
 * An experiment by its name.
 *
 * @throws {ConfigError} naming the nearest
 */
export function findExperiment(name: string): Experiment {
  const found = experiments.find((experiment) => experiment.name === name);
  if (found !== undefined) return found;
  const nearest = nearestName(name, experimentNames);
  throw new ConfigError({
    where: "experiment",
    expected: `one of ${experimentNames.join(", ")}`,
    got: `"${name}"`,
    ...(nearest !== undefined && { fix: `Did you mean "${nearest}"?` }),
  });
}

/** Names of the data sets that show the classes of one in other pictures. */
function targetsOf(name: string): string[] {
  return datasetDefinitions.filter((set) => set.role === "domain" && set.of === name).map((set) => set.name);
}
