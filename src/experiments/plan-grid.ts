import { resolveTrainConfig, type TrainConfigInput } from "../training/train-config.ts";
import { type Cell, type CellTask, cellKey, digestOfJson, setupKey, ZERO_SHOT } from "./cell.ts";
import type { CellContext } from "./cell-context.ts";
import type { ExperimentName } from "./result-row.ts";

/** What a grid spans; every combination is a cell. */
export interface GridAxes {
  readonly datasets: readonly string[];
  readonly shots: readonly number[];
  readonly seeds: readonly number[];
  /** As on the command line; `zero-shot` is one of them. */
  readonly methods: readonly string[];
  readonly models: readonly string[];
}

/** What methods are set to instead of their published training: options by method, those of `*` for all that have them. */
export type MethodSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A cell with its place in a table. */
export interface GridCell {
  readonly dataset: string;
  readonly model: string;
  readonly method: string;
  readonly variant: string;
  readonly shots: number;
  readonly seed: number;
  readonly cell: Cell;
}

/** A cell of a table with what identifies it. */
export interface PlannedRow extends GridCell {
  /** From `cellKey`. */
  readonly key: string;
  /** From `setupKey`: rows of one method and variant share it. */
  readonly setup: string;
  /** Identity of the data set's pictures: rows of one data set share it. */
  readonly data: string;
}

/** How an experiment varies a method: several variants, or one without a name. */
export interface Variant {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** An experiment's part of a grid. */
export interface GridPart extends GridAxes {
  readonly task: CellTask;
  /** Data sets that are tested on besides, by the one that was learned from. */
  readonly targets?: Readonly<Record<string, readonly string[]>>;
  readonly variants?: readonly Variant[];
  readonly settings: MethodSettings;
}

/** Training as the papers have it, where a method can be trained so. */
const PUBLISHED = { schedule: "published" } as const;
const NO_VARIANT: Variant = { name: "", config: {} };

/**
 * All cells of a part of a grid, without a copy. Zero-shot has one cell a data set and model, whatever the shots and seeds, and none
 * where variants are compared.
 *
 * @throws {ConfigError} if a method or a setting is not known
 */
export function gridCells(part: GridPart): GridCell[] {
  const { datasets, models, methods, variants = [NO_VARIANT] } = part;
  return datasets.flatMap((dataset) =>
    models.flatMap((model) =>
      methods.flatMap((method) => {
        const place = { dataset, model, method };
        if (method !== ZERO_SHOT) {
          return variants.flatMap((variant) => cellsOf(part, { ...place, variant }));
        }
        const cell = { ...placed(part, place), config: { method: ZERO_SHOT } } as const;
        return [{ ...place, variant: "", shots: 0, seed: 0, cell }];
      }),
    ),
  );
}

interface Place {
  readonly dataset: string;
  readonly model: string;
  readonly method: string;
}

function cellsOf(part: GridPart, { variant, ...place }: Place & { readonly variant: Variant }): GridCell[] {
  return part.shots.flatMap((shots) =>
    part.seeds.map((seed) => {
      const config = configOf(place.method, part.settings, { ...variant.config, shots, seed });
      return { ...place, variant: variant.name, shots, seed, cell: { ...placed(part, place), config } };
    }),
  );
}

function placed({ task, targets = {} }: GridPart, { dataset, model }: Place): Omit<Cell, "config"> {
  return { task, dataset, targets: targets[dataset] ?? [], model };
}

/** Resolves what a method is set to: published training, settings of all methods, of this one, and the cell's own. */
function configOf(method: string, settings: MethodSettings, own: Readonly<Record<string, unknown>>) {
  const resolve = (config: Record<string, unknown>) =>
    resolveTrainConfig({ ...config, ...settings[method], ...own, method } as TrainConfigInput);
  const common = { ...(takesSchedule(method) && PUBLISHED), ...settings["*"] };
  return resolve(common);
}

/** Methods on features have no schedule. */
function takesSchedule(method: string): boolean {
  return "schedule" in resolveTrainConfig({ method });
}

/** Adds what identifies the cells' results. */
export async function planRows(cells: readonly GridCell[], context: CellContext): Promise<PlannedRow[]> {
  const rows: PlannedRow[] = [];
  for (const grid of cells) {
    const ingredients = await context.ingredients(grid.cell);
    rows.push({
      ...grid,
      key: cellKey(grid.cell, ingredients),
      setup: setupKey(grid.cell, ingredients),
      data: digestOfJson(ingredients.data),
    });
  }
  return rows;
}

/** An experiment with its rows. */
export interface PlannedExperiment {
  readonly experiment: ExperimentName;
  readonly rows: readonly PlannedRow[];
}
