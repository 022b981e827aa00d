// Node only: reads a database.
import { StorageError } from "../errors.ts";
import type { ResultTable } from "./result-row.ts";

/**
 * Reads the results of an experiment.
 *
 * @param out folder of the experiment, which has its `results.sqlite`
 * @throws {StorageError} always: the store is not part of this version
 */
export function readResults(out: string): ResultTable {
  throw new StorageError({
    where: out,
    expected: "the store of an experiment",
    got: "a version that cannot read it",
  });
}
