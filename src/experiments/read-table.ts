import type { DatabaseSync } from "node:sqlite";
import type { Ingredients } from "./cell.ts";
import type { ExperimentName, ResultRow, ResultTable } from "./result-row.ts";

/** The table of a store: what is known of each row of its grids. */
export function readTable(database: DatabaseSync): ResultTable {
  const rows = database
    .prepare(
      `SELECT grid.*, cells.state, metrics, error, seconds FROM grid LEFT JOIN cells USING (key)
       ORDER BY experiment, dataset, model, method, variant, shots, seed`,
    )
    .all();
  const settings = database.prepare("SELECT * FROM settings ORDER BY experiment, name").all();
  const software = database
    .prepare("SELECT DISTINCT ingredients FROM cells WHERE state = 'done' AND key IN (SELECT key FROM grid)")
    .all();
  return {
    rows: rows.map(rowOf),
    settings: Object.fromEntries(
      settings.map(({ experiment, name, value }) => [`${experiment} ${name}`, String(value)]),
    ),
    software: sharedVersions(software.map(({ ingredients }) => JSON.parse(String(ingredients)))),
  };
}

function rowOf(row: Record<string, unknown>): ResultRow {
  const { experiment, dataset, model, method, variant, shots, seed, key, state, metrics, error, seconds } =
    row;
  return {
    experiment: experiment as ExperimentName,
    dataset: String(dataset),
    model: String(model),
    method: String(method),
    variant: String(variant),
    shots: Number(shots),
    seed: Number(seed),
    key: String(key),
    state: state === null ? "waiting" : (state as "done" | "failed"),
    metrics: state === "done" ? JSON.parse(String(metrics)) : {},
    ...(state === "failed" && { error: String(error) }),
    ...(state !== null && { seconds: Number(seconds) }),
  };
}

/** Versions of software by name; several where cells differ. */
function sharedVersions(ingredients: readonly Ingredients[]): Record<string, string> {
  const versions = new Map<string, Set<string>>();
  for (const { software } of ingredients) {
    for (const [name, version] of Object.entries(software)) {
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
  }
  return Object.fromEntries([...versions].map(([name, some]) => [name, [...some].sort().join(", ")]));
}
