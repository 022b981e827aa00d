import { canonicalTarget, domainTargets } from "../../published/published-domain.ts";
import type { ResultRow } from "../../result-row.ts";
import { distinct } from "../sort-rows.ts";
import { mean } from "../statistics.ts";
import { metricOf } from "../summarize.ts";
import type { SummaryColumn } from "../summary-table.ts";
import type { Compared } from "./compared.ts";
import { atShots, shotsOf } from "./section-input.ts";

const PREFIX = "accuracy:";
const targetOrder: readonly string[] = [...domainTargets, "imageneta", "imagenetr"];

/** Metric of the mean over the source and its targets, the paper's. */
export const AVERAGE = "average";

/** Metric of the mean over the targets alone. */
export const TARGET_AVERAGE = "targets";

/** Rows of one source, or of several with the same targets, at one number of shots, with their averages. */
export interface DomainPart {
  readonly sources: readonly string[];
  /** 0 where there is zero-shot alone. */
  readonly shots: number;
  /** Names of targets, without the source's where they begin with it. */
  readonly targets: readonly string[];
  readonly rows: readonly ResultRow[];
}

/** The target that a metric is of, if it is of one. */
export function targetOf(metric: string): string | undefined {
  return metric.startsWith(PREFIX) ? metric.slice(PREFIX.length) : undefined;
}

/**
 * Rows by source and shots; sources with the same targets are taken together.
 *
 * @param datasets sources, in the order of the report
 */
export function domainParts(rows: readonly ResultRow[], datasets: readonly string[]): readonly DomainPart[] {
  const bySource = Map.groupBy(rows.map(withRelativeTargets), ({ dataset }) => dataset);
  const targets = new Map([...bySource].map(([source, own]) => [source, targetsOf(own)]));
  const groups = Map.groupBy(datasets, (source) => targets.get(source)?.join() ?? "");
  return [...groups.values()].flatMap((sources) => {
    const own = sources.flatMap((source) => bySource.get(source) ?? []);
    const shots = shotsOf(own);
    return (shots.length === 0 ? [0] : shots)
      .map((count) => partOf(sources, count, atShots(own, count)))
      .filter((part) => part.rows.length > 0);
  });
}

/** Columns of a part's tables, for some of its sources. */
export function domainColumns(
  sources: readonly string[],
  targets: readonly string[],
): readonly (SummaryColumn & { readonly title: string })[] {
  const of = (metric: string, label: string, title = label) => ({ label, title, metric, datasets: sources });
  const [only = ""] = sources;
  return [
    of("accuracy", sources.length === 1 ? only : "source"),
    ...targets.map((target) => of(`${PREFIX}${target}`, target)),
    ...(targets.length > 0 ? [of(AVERAGE, "average", "Average")] : []),
    ...(targets.length > 1 ? [of(TARGET_AVERAGE, "average of targets", "Average of targets")] : []),
  ];
}

/** What methods are compared by. */
export function domainCompared({ sources, shots, targets, rows }: DomainPart): readonly Compared[] {
  return domainColumns(sources, targets).map(({ metric, label }) => ({ shots, metric, label, rows }));
}

function partOf(sources: readonly string[], shots: number, rows: readonly ResultRow[]): DomainPart {
  const targets = targetsOf(rows);
  return { sources, shots, targets, rows: rows.map((row) => withAverages(row, targets)) };
}

/** Targets named after their source go by the rest of their names: `v2` of `picture-world/food/v2`. */
function withRelativeTargets(row: ResultRow): ResultRow {
  const own = `${PREFIX}${row.dataset}/`;
  const metrics = Object.entries(row.metrics).map(([name, value]) => [
    name.startsWith(own) ? `${PREFIX}${name.slice(own.length)}` : name,
    value,
  ]);
  return { ...row, metrics: Object.fromEntries(metrics) };
}

/** Names of targets: the paper's, then the others. */
function targetsOf(rows: readonly ResultRow[]): readonly string[] {
  const place = (name: string) => {
    const index = targetOrder.indexOf(canonicalTarget(name));
    return index < 0 ? targetOrder.length : index;
  };
  const names = rows.flatMap(({ metrics }) => Object.keys(metrics).flatMap((name) => targetOf(name) ?? []));
  return distinct(names, (a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** A row with its averages, where it has all that they are over. */
function withAverages(row: ResultRow, targets: readonly string[]): ResultRow {
  const source = metricOf(row, "accuracy");
  const found = targets.flatMap((target) => metricOf(row, `${PREFIX}${target}`) ?? []);
  if (found.length < targets.length || targets.length === 0) return row;
  return {
    ...row,
    metrics: {
      ...row.metrics,
      ...(source !== undefined && { [AVERAGE]: mean([source, ...found]) }),
      [TARGET_AVERAGE]: mean(found),
    },
  };
}
