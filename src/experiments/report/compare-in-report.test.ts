import { describe, expect, test } from "vitest";
import { madeUpResults, resultRow, resultTable } from "../../../test/support/report/made-up-results.ts";
import type { ExperimentName, ResultTable } from "../result-row.ts";
import { buildReport } from "./build-report.ts";
import { compareInReport, type ReportComparison } from "./compare-in-report.ts";
import { comparisonCells } from "./comparison-table.ts";
import { methodTitle } from "./method-title.ts";

/** Several sources with the same targets, and one with targets of its own; at two numbers of shots. */
const domains = resultTable(
  ["a", "b", "ImageNet"].flatMap((dataset, place) => {
    const names =
      dataset === "ImageNet" ? ["ImageNet-V2", "ImageNet-Sketch"] : [`${dataset}/v2`, `${dataset}/sketch`];
    const row = (method: string, shots: number, seed: number, better: number) =>
      resultRow({
        ...{ experiment: "domain", dataset, method, shots, seed },
        metrics: {
          accuracy: 0.5 + place / 10 + better,
          [`accuracy:${names[0]}`]: 0.4 + better * (1 + place),
          [`accuracy:${names[1]}`]: 0.3 + better ** 2,
        },
      });
    const draws = [4, 16].flatMap((shots) => [1, 2].map((seed) => [shots, seed] as const));
    return [
      row("zero-shot", 0, 0, 0),
      ...draws.flatMap(([shots, seed]) => [
        row("coop", shots, seed, shots / 300 + seed / 70),
        row("lamm", shots, seed, shots / 200 + seed / 90),
      ]),
    ];
  }),
);

/** What a report's lines of a comparison are over. */
const columnOf: Readonly<Record<string, (found: ReportComparison) => string>> = {
  "few-shot": ({ shots }) => String(shots),
  domain: ({ label }) => label,
  incremental: ({ label }) => label,
  "ablation-backbone": ({ model }) => model,
};

/** Lines of a report's comparisons of a method with LAMM. */
function linesOf(table: ResultTable, method: string): readonly (readonly string[])[] {
  return buildReport(table).flatMap((block) =>
    block.kind === "table" && block.columns[0] === "pair"
      ? block.rows
          .filter(({ name }) => name === `${methodTitle(method)} − LAMM`)
          .map(({ cells }) => cells.map(({ text }) => text))
      : [],
  );
}

describe("what a report says of a method against LAMM is said of the two methods", () => {
  const made = (experiment: ExperimentName) => madeUpResults([experiment]);
  test.each([
    ["few-shot", made("few-shot"), "coop", 6],
    ["few-shot", made("few-shot"), "zero-shot", 6],
    ["domain", made("domain"), "coop", 5],
    ["domain", made("domain"), "zero-shot", 5],
    ["domain", resultTable(domains.rows.filter(({ dataset }) => dataset !== "ImageNet")), "coop", 10],
    ["incremental", made("incremental"), "maple", 5],
    ["incremental", made("incremental"), "zero-shot", 5],
    ["ablation-backbone", made("ablation-backbone"), "coop", 4],
  ])("%s", (experiment, table, method, count) => {
    const found = compareInReport(table, { first: method, second: "lamm" });
    const over = columnOf[experiment] as (found: ReportComparison) => string;
    const lines = found.map((each) => [over(each), ...comparisonCells(each.comparison)]);
    expect(lines).toHaveLength(count);
    expect(lines).toEqual(linesOf(table, method));
  });
});

test("incremental: degradation is compared too", () => {
  const found = compareInReport(madeUpResults(["incremental"]), { first: "lamm", second: "coop" });
  expect(found.map(({ metric }) => metric)).toEqual([
    "set1Before",
    "set1After",
    "degradation",
    "set2",
    "union",
  ]);
});

test("domain: targets of several sources are taken together, as are their averages", () => {
  const found = compareInReport(domains, { first: "lamm", second: "coop" });
  expect(found.map(({ shots, label, comparison }) => `${shots}: ${label} (${comparison.units})`)).toEqual(
    [4, 16]
      .flatMap((shots) => [
        ...["ImageNet", "ImageNet-V2, ImageNet", "ImageNet-Sketch, ImageNet", "average, ImageNet"].map(
          (label) => `${shots}: ${label} (2)`,
        ),
        `${shots}: average of targets, ImageNet (2)`,
      ])
      .concat(
        [4, 16].flatMap((shots) =>
          ["source", "sketch", "v2", "average", "average of targets"].map(
            (label) => `${shots}: ${label}, mean of 2 data sets (2)`,
          ),
        ),
      ),
  );
});

test("ablations: over all shots and at each", () => {
  const { rows } = madeUpResults(["ablation-init"]);
  const others = rows.map((row) => resultRow({ ...row, method: "coop", key: "" }));
  const found = compareInReport(resultTable([...rows, ...others]), { first: "lamm", second: "coop" });
  expect(found.map(({ shots }) => shots)).toEqual(["all", 1, 2, 4, 8, 16]);
  expect(found[0]?.comparison).toMatchObject({ difference: 0, cells: rows.length, ties: rows.length });
});

test("a method without results is refused, with the nearest", () => {
  const table = resultTable([resultRow(), resultRow({ method: "coop" })]);
  expect(() => compareInReport(table, { first: "lam", second: "coop" })).toThrow(
    '--compare: expected methods of these results: coop, lamm, got lam. Did you mean "lamm"?',
  );
});
