import { describe, expect, test } from "vitest";
import { madeUpResults, resultRow } from "../../../test/support/report/made-up-results.ts";
import { experimentNames, type ResultTable } from "../result-row.ts";
import { buildReport } from "./build-report.ts";
import type { ReportBlock, TableBlock } from "./report-document.ts";

const all = madeUpResults(experimentNames);

/** Results whose data sets of these names have a split that was made here, in all experiments. */
const withMade = (...names: readonly string[]): ResultTable => ({
  ...all,
  settings: Object.fromEntries(
    experimentNames.flatMap((experiment) => names.map((name) => [`${experiment} split ${name}`, "made"])),
  ),
});

function tablesOf(blocks: readonly ReportBlock[]): readonly TableBlock[] {
  return blocks.flatMap((block) =>
    block.kind === "table" ? [block] : block.kind === "table-group" ? block.tables : [],
  );
}

/** Captions of tables with published numbers, without what they end with. */
const published = (table: ResultTable) =>
  tablesOf(buildReport(table)).flatMap(({ caption, rows }) =>
    rows.some(({ name, isAside }) => isAside && (name === "published" || name === "difference"))
      ? [caption.slice(0, caption.indexOf(", mean ±"))]
      : [],
  );

const paragraphs = (table: ResultTable) =>
  buildReport(table).flatMap((block) => (block.kind === "paragraph" ? [block] : []));

const INCREMENTAL =
  "Accuracy in % on set 1 before and after set 2 was learned, its change in points, set 2, and the union";

describe("a data set whose split was made", () => {
  test("is named below what is done", () => {
    const [, second] = paragraphs(withMade("EuroSAT", "Caltech101", "DTD"));
    expect(second).toEqual({
      kind: "paragraph",
      text:
        "Not comparable with published numbers: Caltech101, DTD and EuroSAT. Their pictures are divided by splits that were made here, " +
        "as the published split files were not there. Published numbers do not stand beside these data sets, nor beside averages with them.",
      isWarning: true,
    });
  });

  test("has no published numbers beside it, nor has an average with it; others have", () => {
    const before = published(all);
    const left = published(withMade("DTD"));
    expect(before.filter((caption) => !left.includes(caption))).toEqual([
      "Test accuracy in % by shots, mean of 11 data sets, ViT-B/16",
      `${INCREMENTAL}, mean of 11 data sets, 16 shots, ViT-B/16`,
      `${INCREMENTAL}, DTD, 16 shots, ViT-B/16`,
      "Parts of the loss, LAMM, 16 shots, ViT-B/16: test accuracy in %",
      "LAMM with and without the hierarchical loss, ViT-B/16: test accuracy in % by shots, mean of 11 data sets",
      "LAMM from random vectors and from words, ViT-B/16: test accuracy in % by shots, mean of 11 data sets",
    ]);
    expect(left).toContain(`${INCREMENTAL}, EuroSAT, 16 shots, ViT-B/16`);
    expect(left.some((caption) => caption.startsWith("Learned from ImageNet"))).toBe(true);
    expect(paragraphs(withMade("DTD")).some(({ text }) => text.includes("PLOT++"))).toBe(false);
  });

  test("that is the source of a transfer has none beside it", () => {
    expect(published(withMade("ImageNet")).some((caption) => caption.startsWith("Learned from"))).toBe(false);
  });
});

test.each([
  ["of another experiment", { "domain split DTD": "made" }],
  ["that are as published now", { "few-shot split DTD": "published" }],
  ["without rows", { "few-shot split EuroSAT": "made" }],
])("data sets %s are not named", (_, settings) => {
  const table = { rows: [resultRow({ dataset: "DTD" })], settings, software: {} };
  expect(paragraphs(table)).toHaveLength(1);
});
