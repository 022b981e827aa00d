import type { Dataset } from "../data/datasets/dataset.ts";
import { wordFeatures } from "../tasks/zero-shot.ts";
import type { Adapter } from "../training/adapter.ts";
import { isZeroShot } from "./cell.ts";
import type { CellResult, CellRun } from "./cell-run.ts";
import { measureIncremental } from "./measure-incremental.ts";
import type { Metrics } from "./result-row.ts";
import { scoreTest } from "./score-test.ts";
import { beginSitting } from "./sittings.ts";
import { trainCell } from "./train-cell.ts";

/**
 * Trains and tests what a cell says.
 *
 * @returns `undefined` where the signal stopped it; its checkpoint then says where to go on
 * @throws {LammError} if it cannot be run
 */
export async function runCell(run: CellRun): Promise<CellResult | undefined> {
  const sittings = beginSitting(run.key, { folder: run.context.places.checkpoints });
  const metrics = await measure({
    ...run,
    onProgress(share) {
      sittings.keep();
      run.onProgress?.(share);
    },
  });
  if (metrics === undefined) {
    sittings.keep({ isLast: true });
    return undefined;
  }
  sittings.clear();
  return { metrics, seconds: sittings.seconds() };
}

async function measure(run: CellRun): Promise<Metrics | undefined> {
  if (run.cell.task === "incremental") return measureIncremental(run);
  const { context, cell } = run;
  const dataset = context.dataset(cell.dataset);
  const trained = isZeroShot(cell.config) ? undefined : await trainCell(run, dataset, {});
  if (trained === undefined && !isZeroShot(cell.config)) return undefined;
  const accuracy = await accuracyOn(run, dataset, trained?.adapter);
  if (accuracy === undefined) return undefined;
  const metrics: Record<string, number> = { accuracy };
  for (const name of cell.targets) {
    const found = await accuracyOn(run, context.dataset(name), trained?.adapter);
    if (found === undefined) return undefined;
    metrics[`accuracy:${name}`] = found;
  }
  trained?.clear();
  return metrics;
}

/** Accuracy among the classes that a data set shows, which may be some of those that were learned. */
async function accuracyOn(
  run: CellRun,
  dataset: Dataset,
  adapter: Adapter | undefined,
): Promise<number | undefined> {
  const { context, cell } = run;
  const source = await context.source(dataset, cell.model);
  if (adapter === undefined) {
    const textFeatures = await wordFeatures(source, [dataset.template]);
    const groups = { accuracy: [...dataset.classIds.keys()] };
    return (await scoreTest(run, { source, judge: { textFeatures }, groups }))?.accuracy;
  }
  const columns = classesOf(dataset, context.dataset(cell.dataset));
  const groups = { accuracy: columns };
  return (await scoreTest(run, { source, judge: { adapter }, columns, groups }))?.accuracy;
}

/** The learned class of each of a data set's own. */
function classesOf(dataset: Dataset, learned: Dataset): number[] {
  if (dataset === learned) return [...learned.classIds.keys()];
  const known = new Map(learned.classIds.map((id, label) => [id, label]));
  return dataset.classIds.map((id) => known.get(id) ?? -1);
}
