import { ConfigError } from "../errors.ts";
import { type Cell, type CellTask, cellKey, digestOfJson, setupKey, ZERO_SHOT } from "./cell.ts";
import type { CellContext } from "./cell-context.ts";
import { gridConfig, type MethodSettings } from "./method-settings.ts";
import { modelLabel, modelOf } from "./paper-models.ts";

/** What a grid spans; every combination is a cell. */
export interface GridAxes {
  readonly datasets: readonly string[];
  readonly shots: readonly number[];
  readonly seeds: readonly number[];
  /** As on the command line; `zero-shot` is one of them. */
  readonly methods: readonly string[];
  readonly models: readonly string[];
}

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

const NO_VARIANT: Variant = { name: "", config: {} };

/**
 * All cells of a part of a grid, without a copy. Zero-shot has one cell a data set and model, whatever the shots and seeds, and none
 * where variants are compared.
 *
 * @throws {ConfigError} if a method or a setting is not known, or two models would have one name in tables
 */
export function gridCells(part: GridPart): GridCell[] {
  const { datasets, models, methods, variants = [NO_VARIANT] } = part;
  checkLabels(models);
  return datasets.flatMap((dataset) =>
    models.flatMap((model) =>
      methods.flatMap((method) => {
        const place = { dataset, model, method };
        if (method !== ZERO_SHOT) {
          return variants.flatMap((variant) => cellsOf(part, { ...place, variant }));
        }
        if (part.variants !== undefined) return [];
        const cell = { ...placed(part, place), config: { method: ZERO_SHOT } } as const;
        return [{ ...place, model: modelLabel(model), variant: "", shots: 0, seed: 0, cell }];
      }),
    ),
  );
}

/** Two models of one name would be one row. */
function checkLabels(models: readonly string[]): void {
  const named = new Map<string, string>();
  for (const model of models) {
    const label = modelLabel(model);
    const other = named.get(label) ?? model;
    if (modelOf(other) !== modelOf(model)) {
      throw new ConfigError({
        where: "models",
        expected: "names that differ, by which tables tell them apart",
        got: `"${label}" for both ${other} and ${model}`,
        fix: "Give one of the folders another name.",
      });
    }
    named.set(label, model);
  }
}

interface Place {
  readonly dataset: string;
  readonly model: string;
  readonly method: string;
}

function cellsOf(part: GridPart, { variant, ...place }: Place & { readonly variant: Variant }): GridCell[] {
  const { dataset, method, model } = place;
  const labels = { ...place, model: modelLabel(model), variant: variant.name };
  return part.shots.flatMap((shots) =>
    part.seeds.map((seed) => {
      const config = gridConfig(method, part.settings, { ...variant.config, shots, seed });
      return { ...labels, shots, seed, cell: { ...placed(part, { dataset, model }), config } };
    }),
  );
}

function placed(
  { task, targets = {} }: GridPart,
  { dataset, model }: Pick<Place, "dataset" | "model">,
): Omit<Cell, "config"> {
  return { task, dataset, targets: targets[dataset] ?? [], model: modelOf(model) };
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
