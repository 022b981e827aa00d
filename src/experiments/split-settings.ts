import type { CellContext } from "./cell-context.ts";
import type { PlannedRow } from "./plan-grid.ts";
import type { ExperimentName, ResultTable } from "./result-row.ts";
import type { ResultStore } from "./result-store.ts";

/** Name of the setting that tells of a data set's split, before the data set's name. */
const PREFIX = "split ";
const MADE = "made";
const PUBLISHED = "published";

/** Settings of an experiment that tell which data sets have a split that was made here. */
export type SplitSettings = (
  experiment: ExperimentName,
  rows: readonly Pick<PlannedRow, "cell">[],
) => Readonly<Record<string, string>>;

/**
 * Tells of data sets that are not as published: in a warning, once for each data set, and as settings of an experiment's rows, from which
 * {@link madeSplitsOf} reads them.
 *
 * @param warn called with a data set's note
 */
export function createSplitSettings({
  context,
  store,
  warn,
}: {
  readonly context: Pick<CellContext, "dataset">;
  readonly store: Pick<ResultStore, "table">;
  readonly warn: (text: string) => void;
}): SplitSettings {
  const told = new Set<string>();
  return (experiment, rows) => {
    const known = store.table().settings;
    const settings: Record<string, string> = {};
    for (const name of new Set(rows.flatMap(({ cell }) => [cell.dataset, ...cell.targets]))) {
      const { isSplitMade = false, note } = context.dataset(name);
      if (note !== undefined && !told.has(name)) warn(`${name}: ${note}`);
      told.add(name);
      // What was made once may be as published now.
      if (isSplitMade || Object.hasOwn(known, `${experiment} ${PREFIX}${name}`)) {
        settings[PREFIX + name] = isSplitMade ? MADE : PUBLISHED;
      }
    }
    return settings;
  };
}

/** Data sets of an experiment whose split was made here, in no order. */
export function madeSplitsOf(
  experiment: ExperimentName,
  { settings }: Pick<ResultTable, "settings">,
): ReadonlySet<string> {
  const start = `${experiment} ${PREFIX}`;
  const made = Object.entries(settings).filter(([name, value]) => name.startsWith(start) && value === MADE);
  return new Set(made.map(([name]) => name.slice(start.length)));
}
