import { describe, expect, test } from "vitest";
import { madeUpResults, resultRow, resultTable } from "../../../test/support/report/made-up-results.ts";
import { experimentNames, type ResultRow, type ResultTable } from "../result-row.ts";
import { buildReport } from "./build-report.ts";
import { renderMarkdown } from "./render-markdown.ts";
import type { FigureBlock } from "./report-document.ts";

const markdown = (table: ResultTable) => renderMarkdown(buildReport(table));
const figures = (table: ResultTable): readonly FigureBlock[] =>
  buildReport(table).filter((block) => block.kind === "figure");

/** The line of a Markdown table that begins with a name, as its cells. */
function line(text: string, name: string): readonly string[] {
  const found = text.split("\n").find((row) => row.startsWith(`| ${name} |`)) ?? "";
  return found
    .split("|")
    .slice(2, -1)
    .map((cell) => cell.trim());
}

/** What comes after a caption. */
const from = (text: string, caption: string) => text.slice(text.indexOf(caption));

const fewShot = madeUpResults(["few-shot"]);
const without = (table: ResultTable, leaveOut: (row: ResultRow) => boolean): ResultTable => ({
  ...table,
  rows: table.rows.filter((row) => !leaveOut(row)),
});

describe("few-shot", () => {
  const text = markdown(fewShot);

  test("eleven data sets stand beside the paper, with the difference", () => {
    const table = from(text, "Test accuracy in % by shots, mean of 11 data sets, ViT-B/16");
    expect(line(table, "Zero-shot CLIP")).toEqual(["64.82", "", "", "", "", ""]);
    const lamm = from(table, "| LAMM |");
    const ours = line(lamm, "LAMM").map((cell) => Number(cell.match(/[\d.]+/)?.[0]));
    expect(line(lamm, "*published*")).toEqual(["", "68.99", "73.09", "75.95", "78.54", "81.13"]);
    const last = Number(line(lamm, "*difference*")[5]?.replace("−", "-"));
    expect(last).toBeCloseTo((ours[5] as number) - 81.13, 1);
    expect(text).toContain("PLOT++ 82.1, CLIP-LoRA 82.9");
  });

  test("an average with a seed or a data set less says so", () => {
    expect(line(text, "CoOp")[4]).toMatch(/^\d\d\.\d\d ± \d\.\d\d \(n=2 of 3\)$/);
    expect(line(text, "MaPLe")[5]).toMatch(/\(10 of 11 sets\)$/);
    // It is the highest of nothing, and has no published number beside it.
    expect(line(from(text, "| MaPLe |"), "*published*")[5]).toBe("");
    expect(text).toContain("Not in the mean, as data sets are missing: MaPLe, 16 shots (10 of 11).");
    const average = figures(fewShot)[0]?.panels[0];
    if (average?.kind !== "curves") throw new Error("expected curves");
    const maple = average.curves.find(({ title }) => title === "MaPLe");
    expect(maple?.points.map(({ shots }) => shots)).toEqual([1, 2, 4, 8]);
  });

  test("cells that failed or wait are listed", () => {
    expect(text).toContain("**832 of 836 cells are done, 1 failed, 3 are waiting.**");
    const failed = from(text, "Cells that failed; means are over the seeds that are left.");
    expect(line(failed, "SUN397")).toEqual([
      ...["few-shot", "ViT-B/16", "CoOp", "", "8", "2", "loss: expected a finite number, got NaN."],
    ]);
    expect(line(from(text, "ImageNet: test accuracy"), "MaPLe")[5]).toBe("-");
    expect(line(from(text, "SUN397: test accuracy"), "CoOp")[4]).toContain("(n=2 of 3)");
  });

  test("a panel for each data set and the average, in the paper's order", () => {
    const [figure] = figures(fewShot);
    expect(figure?.name).toBe("few-shot-vit-b-16");
    expect(figure?.panels.map(({ title }) => title).slice(0, 4)).toEqual([
      ...["Mean of 11 data sets", "ImageNet", "Caltech101", "OxfordPets"],
    ]);
    expect(figure?.panels).toHaveLength(12);
    expect(figure?.legend.map(({ title }) => title)).toEqual([
      ...["Zero-shot CLIP", "CoOp", "MaPLe", "LAMM", "CoOp+LAMM", "GDA"],
    ]);
  });

  test("each method is compared with LAMM", () => {
    const table = from(text, "Each method against LAMM");
    expect(line(table, "CoOp − LAMM").slice(0, 1)).toEqual(["all"]);
    expect(line(table, "CoOp − LAMM").slice(3, 5)).toEqual(["11 data sets", "164"]);
    expect(line(table, "Zero-shot CLIP − LAMM")[4]).toBe("165");
  });
});

describe("few-shot, with less", () => {
  test.each([
    ["ten data sets", without(fewShot, ({ dataset }) => dataset === "DTD")],
    ["another model", resultTable(fewShot.rows.map((row) => ({ ...row, model: "ViT-B/32" })))],
    ["a data set more", resultTable([...fewShot.rows, resultRow({ dataset: "mine" })])],
  ])("%s do not stand beside the paper", (_, table) => {
    expect(markdown(table)).not.toContain("| *published* |");
    expect(markdown(table)).not.toContain("PLOT++");
  });

  test("one data set has no average, and its comparison is over seeds", () => {
    const one = without(fewShot, ({ dataset }) => dataset !== "DTD");
    const text = markdown(one);
    expect(text).toContain(
      "Test accuracy in % by shots, DTD, ViT-B/16, mean ± sample standard deviation over n = 3 seeds.",
    );
    expect(text).not.toMatch(/mean of \d/);
    expect(text).not.toContain("### Each");
    expect(line(text, "GDA − LAMM")[3]).toBe("3 seeds");
    expect(figures(one)[0]?.panels.map(({ title }) => title)).toEqual(["DTD"]);
  });

  test("without zero-shot there is no column of 0 shots", () => {
    const text = markdown(without(fewShot, ({ method }) => method === "zero-shot"));
    expect(text).toContain("| method | 1 | 2 | 4 | 8 | 16 |");
  });

  test("unequal seeds are told", () => {
    const text = markdown(without(fewShot, ({ method, seed }) => method === "gda" && seed === 3));
    expect(line(text, "GDA")[1]).toMatch(/ \(n=2\)$/);
  });

  test("nothing done is a report without figures", () => {
    const failed = resultRow({ state: "failed", metrics: {}, error: "broken" });
    expect(figures(resultTable([failed]))).toEqual([]);
    expect(line(markdown(resultTable([failed])), "LAMM")).toEqual(["-"]);
    expect(markdown(resultTable([]))).toContain("0 of 0 cells are done.");
  });
});

describe("other experiments", () => {
  const text = markdown(madeUpResults(experimentNames));

  test("domain: source, targets, averages, as the paper has them", () => {
    const table = from(text, "Learned from ImageNet, 16 shots, ViT-B/16");
    expect(table).toContain(
      "| method | ImageNet | ImageNetV2 | ImageNet-Sketch | average | average of targets |",
    );
    expect(line(table, "Zero-shot CLIP")).toEqual(["66.73", "60.83", "46.15", "57.90", "53.49"]);
    expect(line(from(table, "| LAMM |"), "*published*")).toEqual(["72.73", "65.13", "48.11", "61.99", ""]);
  });

  test("domain: an average over other targets does not stand beside the paper's", () => {
    const { rows } = madeUpResults(["domain"]);
    const more = rows.map((row) => ({ ...row, metrics: { ...row.metrics, "accuracy:ImageNet-A": 0.5 } }));
    const table = from(markdown(resultTable(more)), "Learned from");
    expect(table).toContain("| ImageNet-Sketch | ImageNet-A | average |");
    expect(line(from(table, "| LAMM |"), "*published*")).toEqual([
      ...["72.73", "65.13", "48.11", "", "", ""],
    ]);
  });

  test("domain: sources with targets of the same names stand in one table, each by itself behind it", () => {
    const rows = ["a", "b"].flatMap((dataset, index) =>
      ["zero-shot", "lamm"].map((method) =>
        resultRow({
          ...{ experiment: "domain", dataset, method, shots: method === "lamm" ? 16 : 0 },
          metrics: {
            accuracy: 0.5 + index / 5,
            [`accuracy:${dataset}/v2`]: 0.3,
            [`accuracy:${dataset}/sketch`]: 0.1,
          },
        }),
      ),
    );
    const pooled = from(
      markdown(resultTable(rows)),
      "Learned from each of 2 data sets, their mean, 16 shots",
    );
    expect(pooled).toContain("| method | source | sketch | v2 | average | average of targets |");
    expect(line(pooled, "LAMM").map((cell) => cell.replaceAll("*", ""))).toEqual([
      ...["60.00", "10.00", "30.00", "33.33", "20.00"],
    ]);
    const alone = from(pooled, "Learned from b, 16 shots");
    expect(alone).toContain("| method | b | sketch | v2 | average |");
    expect(line(alone, "LAMM")[0]?.replaceAll("*", "")).toBe("70.00");
  });

  test("incremental: degradation, and the union that the paper has not", () => {
    const table = from(text, "Accuracy in % on set 1 before and after set 2 was learned");
    expect(table).toContain("| method | set 1 before | set 1 after | degradation | set 2 | union |");
    const maple = from(table, "| MaPLe |");
    expect(line(maple, "MaPLe")[2]).toMatch(/^−\d\.\d\d ± /);
    expect(line(maple, "*published*")).toEqual(["82.28", "76.36", "−5.92", "85.21", ""]);
    const dtd = from(from(text, "set 2, and the union, DTD"), "| LAMM |");
    expect(line(dtd, "*published*")).toEqual(["", "83.30", "", "79.47", ""]);
  });

  test("loss: all parts with the paper's, with and without by shots", () => {
    const table = from(text, "Parts of the loss, LAMM, 16 shots, ViT-B/16: test accuracy");
    expect(line(from(table, "| CE+WC+COS |"), "*published*")[0]).toBe("81.08");
    const pair = from(text, "LAMM with and without the hierarchical loss, ViT-B/16: test accuracy");
    expect(line(pair, "*published*")).toEqual(["61.39", "66.80", "72.13", "76.21", "79.93"]);
    expect(line(pair, "with − without").slice(0, 1)).toEqual(["all"]);
  });

  test("initialisation: random and words with the paper's", () => {
    const table = from(text, "LAMM from random vectors and from words, ViT-B/16: test accuracy");
    expect(line(table, "*published*")).toEqual(["62.71", "62.71", "71.68", "76.65", "80.71"]);
    expect(line(table, "words − random")[3]).toBe("11 data sets");
  });

  test("backbones: a column a model, nothing of the paper's", () => {
    const table = from(text, "Methods by backbone, 16 shots");
    expect(table).toContain("| method | RN50 | RN101 | ViT-B/32 | ViT-B/16 |");
    expect(line(table, "Zero-shot CLIP")).toEqual(["40.00", "42.00", "44.00", "46.00"]);
    expect(from(table, "| LAMM |").split("\n\n")[0]).not.toContain("published");
  });

  test("bars begin at the values of the table", () => {
    const found = figures(madeUpResults(["domain"]))[0]?.panels[0];
    if (found?.kind !== "bars") throw new Error("expected bars");
    expect(found.bars[0]).toMatchObject({ title: "Zero-shot CLIP", text: "66.73", lower: Number.NaN });
    expect(found.bars.map(({ title }) => title)).toEqual(["Zero-shot CLIP", "CoOp", "MaPLe", "LAMM"]);
  });

  test("settings and software are listed", () => {
    expect(line(text, "onnxruntime")).toEqual(["1.30.0"]);
    expect(line(text, "seeds")).toEqual(["1, 2, 3"]);
  });
});

test("two models whose files would have one name have two", () => {
  const rows = ["ViT-B/16", "ViT B 16"].map((model) => resultRow({ model }));
  expect(figures(resultTable(rows)).map(({ name }) => name)).toEqual([
    ...["few-shot-vit-b-16", "few-shot-vit-b-16-2"],
  ]);
});
