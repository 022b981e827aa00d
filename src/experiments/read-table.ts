import type { DatabaseSync } from "node:sqlite";
import type { Ingredients } from "./cell.ts";
import type { ExperimentName, ResultRow, ResultTable } from "./result-row.ts";

/** Prefix of the name of a setting that holds the command of a setup. */
export const COMMAND_PREFIX = "command ";

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
    settings: namedSettings(settings),
    software: sharedVersions(software.map(({ ingredients }) => JSON.parse(String(ingredients)))),
  };
}

/** Settings by `experiment name`; commands that planned several methods once, numbered where there are more. */
function namedSettings(settings: readonly Record<string, unknown>[]): Record<string, string> {
  const named: Record<string, string> = {};
  const commands = new Map<string, Set<string>>();
  for (const { experiment, name, value } of settings) {
    const prefix = String(experiment);
    if (String(name).startsWith(COMMAND_PREFIX)) {
      commands.set(prefix, (commands.get(prefix) ?? new Set()).add(String(value)));
    } else named[`${prefix} ${name}`] = String(value);
  }
  for (const [experiment, some] of commands) {
    [...some].sort().forEach((command, index) => {
      named[`${experiment} command${index === 0 ? "" : ` ${index + 1}`}`] = command;
    });
  }
  return named;
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
