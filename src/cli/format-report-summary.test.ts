import { expect, test } from "vitest";
import { resultRow, resultTable } from "../../test/support/report/made-up-results.ts";
import { compareInReport } from "../experiments/report/compare-in-report.ts";
import { formatComparisons, formatReportSummary } from "./format-report-summary.ts";

const rows = ["DTD", "EuroSAT"].flatMap((dataset, place) => [
  resultRow({ dataset, method: "coop", metrics: { accuracy: 0.5 } }),
  resultRow({ dataset, metrics: { accuracy: 0.6 + 0.02 * place } }),
]);

test("what is done, and the first table of each part", () => {
  expect(formatReportSummary(resultTable(rows), 60)).toBe(
    [
      "4 of 4 cells are done.",
      "",
      "Few-shot classification, ViT-B/16",
      "Test accuracy in % by shots, mean of 2 data sets, ViT-B/16,",
      "one seed.",
      "",
      "method     16",
      "CoOp    50.00",
      "LAMM    61.00",
      "",
    ].join("\n"),
  );
});

test("a comparison of two methods", () => {
  const found = compareInReport(resultTable(rows), { first: "lamm", second: "coop" });
  const text = formatComparisons(found, { pair: ["lamm", "coop"], columns: 100 });
  expect(text.split("\n").slice(-3)).toEqual([
    "pair         experiment     model  shots        on  difference    95 % interval         over  cells  better/equal/worse",
    "lamm - coop    few-shot  ViT-B/16     16  accuracy      +11.00  −1.71 to +23.71  2 data sets      2               2/0/0",
    "",
  ]);
});

test("two methods without a cell that both have are told", () => {
  const some = [resultRow({ method: "coop", shots: 1 }), resultRow({ shots: 16 })];
  const found = compareInReport(resultTable(some), { first: "lamm", second: "coop" });
  expect(formatComparisons(found, { pair: ["lamm", "coop"], columns: 70 })).toBe(
    [
      "",
      "There is no cell that both lamm and coop have: done on the same data",
      "set, with the same shots, seed, model and variant.",
      "",
    ].join("\n"),
  );
});
