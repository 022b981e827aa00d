import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  damaged,
  inTransaction,
  isDamage,
  openSqliteFile,
  readSqliteFile,
  type SqliteKind,
} from "../data/sqlite-file.ts";
import { StorageError } from "../errors.ts";
import { storageErrorOf } from "../tensor/node/storage-error.ts";
import type { Cell, Ingredients } from "./cell.ts";
import type { CellResult } from "./cell-run.ts";
import type { PlannedRow } from "./plan-grid.ts";
import { COMMAND_PREFIX, readTable } from "./read-table.ts";
import type { ExperimentName, ResultTable } from "./result-row.ts";

const RESULT_STORE: SqliteKind = {
  what: "a store of experiment results",
  // "lamr" in ASCII.
  applicationId: 0x6c616d72,
  version: 1,
  tables: `
    CREATE TABLE cells (
      key TEXT PRIMARY KEY, cell TEXT NOT NULL, ingredients TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('done', 'failed')),
      metrics TEXT, error TEXT, seconds REAL, finished TEXT NOT NULL
    ) STRICT;
    CREATE TABLE grid (
      experiment TEXT NOT NULL, dataset TEXT NOT NULL, model TEXT NOT NULL, method TEXT NOT NULL,
      variant TEXT NOT NULL, shots INTEGER NOT NULL, seed INTEGER NOT NULL,
      key TEXT NOT NULL, setup TEXT NOT NULL, data TEXT NOT NULL,
      PRIMARY KEY (experiment, dataset, model, method, variant, shots, seed)
    ) STRICT;
    CREATE TABLE settings (
      experiment TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (experiment, name)
    ) STRICT`,
  fix: {
    stranger: "Name another folder with --out.",
    version: "Update lamm, or name another folder with --out.",
    damage: "Name another folder with --out, or put the file back from a copy.",
  },
};

/** What a cell came to, as the store has it. */
export type Outcome =
  | ({ readonly state: "done" } & CellResult)
  | { readonly state: "failed"; readonly error: string; readonly seconds: number };

/** Results of cells, kept in one file of a folder, and the grids that they are parts of. */
export interface ResultStore {
  readonly file: string;
  /**
   * Makes rows part of an experiment's table. Rows of the same method with another configuration, or of other data, leave the table;
   * their results stay in the store and come back with their configuration.
   *
   * @param settings what was asked for, by name, for a report; the `command` is kept with each method's setup that it planned
   */
  plan(
    experiment: ExperimentName,
    rows: readonly PlannedRow[],
    settings: Readonly<Record<string, string>>,
  ): void;
  /** What is known of a cell. */
  find(key: string): Outcome | undefined;
  /** Keeps what a cell came to, unless it was done before: a cell counts once. */
  save(
    key: string,
    outcome: Outcome,
    about: { readonly cell: Cell; readonly ingredients: Ingredients },
  ): void;
  /** All experiments' rows. */
  table(): ResultTable;
  close(): void;
}

/** Path of the store in an experiment's folder. */
export function resultFile(folder: string): string {
  return join(folder, "results.sqlite");
}

/**
 * Opens the store of a folder, and makes it where there is none.
 *
 * @throws {StorageError} if it cannot be written to, is damaged, another program's, or of a newer version
 */
export function openResultStore(folder: string): ResultStore {
  const file = resultFile(folder);
  const database = attempt(file, () => {
    const opened = openSqliteFile(file, RESULT_STORE);
    // Found out before the first cell has been trained, not after.
    inTransaction(opened, () => opened.exec("UPDATE grid SET key = key WHERE 0"));
    return opened;
  });
  return {
    file,
    plan: (...args) => attempt(file, () => inTransaction(database, () => planRows(database, ...args))),
    find: (key) => attempt(file, () => findOutcome(database, key)),
    save: (...args) => attempt(file, () => saveOutcome(database, ...args)),
    table: () => attempt(file, () => readTable(database)),
    close: () => database.close(),
  };
}

/**
 * The table of a folder's experiments; nothing is written.
 *
 * @throws {StorageError} if there is none, or it cannot be read
 */
export function readResultTable(folder: string): ResultTable {
  const file = resultFile(folder);
  if (!existsSync(file)) throw nothingIn(folder);
  const table = readSqliteFile(file, RESULT_STORE, readTable);
  if (table === undefined || table.rows.length === 0) throw nothingIn(folder);
  return table;
}

/** An experiment that was stopped before it was planned leaves a store without a grid. */
function nothingIn(folder: string): StorageError {
  return new StorageError({
    where: folder,
    expected: "the folder of an experiment",
    got: "no results in it",
    fix: "Name the folder that `lamm experiment` was given with --out.",
  });
}

function attempt<T>(file: string, operation: () => T): T {
  try {
    return operation();
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    if (isDamage(cause)) throw damaged(file, RESULT_STORE, cause);
    if (!isSqliteError(cause)) throw storageErrorOf(file, cause);
    throw new StorageError({
      where: file,
      expected: "a file that can be written",
      got: cause.message,
      fix: "Make it and its folder writable, or name another folder with --out.",
      cause,
    });
  }
}

function isSqliteError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

function planRows(
  database: DatabaseSync,
  experiment: ExperimentName,
  rows: readonly PlannedRow[],
  settings: Readonly<Record<string, string>>,
): void {
  const dropSetup = database.prepare(
    "DELETE FROM grid WHERE experiment = ? AND model = ? AND method = ? AND variant = ? AND setup <> ?",
  );
  const dropData = database.prepare("DELETE FROM grid WHERE experiment = ? AND dataset = ? AND data <> ?");
  const insert = database.prepare("INSERT OR REPLACE INTO grid VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const { dataset, model, method, variant, setup, data } of rows) {
    dropSetup.run(experiment, model, method, variant, setup);
    dropData.run(experiment, dataset, data);
  }
  for (const { dataset, model, method, variant, shots, seed, key, setup, data } of rows) {
    insert.run(experiment, dataset, model, method, variant, shots, seed, key, setup, data);
  }
  keepSettings(database, experiment, { rows, settings });
}

/** Keeps the last command of each setup that has rows, as a grid grows by several, and all else by its name. */
function keepSettings(
  database: DatabaseSync,
  experiment: ExperimentName,
  {
    rows,
    settings,
  }: { readonly rows: readonly PlannedRow[]; readonly settings: Readonly<Record<string, string>> },
): void {
  const set = database.prepare("INSERT OR REPLACE INTO settings VALUES (?, ?, ?)");
  const { command, ...others } = settings;
  for (const setup of command === undefined ? [] : new Set(rows.map((row) => row.setup))) {
    set.run(experiment, COMMAND_PREFIX + setup, command ?? "");
  }
  for (const [name, value] of Object.entries(others)) set.run(experiment, name, value);
  database
    .prepare(
      `DELETE FROM settings WHERE experiment = ? AND name LIKE '${COMMAND_PREFIX}%'
       AND substr(name, ${COMMAND_PREFIX.length + 1}) NOT IN (SELECT setup FROM grid WHERE experiment = ?)`,
    )
    .run(experiment, experiment);
}

function findOutcome(database: DatabaseSync, key: string): Outcome | undefined {
  const row = database.prepare("SELECT state, metrics, error, seconds FROM cells WHERE key = ?").get(key);
  if (row === undefined) return undefined;
  const seconds = Number(row.seconds);
  return row.state === "done"
    ? { state: "done", metrics: JSON.parse(String(row.metrics)), seconds }
    : { state: "failed", error: String(row.error), seconds };
}

function saveOutcome(
  database: DatabaseSync,
  key: string,
  outcome: Outcome,
  { cell, ingredients }: { readonly cell: Cell; readonly ingredients: Ingredients },
): void {
  database
    .prepare(
      `INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
         state = excluded.state, metrics = excluded.metrics, error = excluded.error, seconds = excluded.seconds,
         finished = excluded.finished, ingredients = excluded.ingredients
       WHERE cells.state <> 'done'`,
    )
    .run(
      key,
      JSON.stringify(cell),
      JSON.stringify(ingredients),
      outcome.state,
      outcome.state === "done" ? JSON.stringify(outcome.metrics) : null,
      outcome.state === "failed" ? outcome.error : null,
      outcome.seconds,
      new Date().toISOString(),
    );
}
