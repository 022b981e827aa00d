import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import * as fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { madeUpResults, resultRow, resultTable } from "../../../test/support/report/made-up-results.ts";
import { experimentNames, type ResultRow, type ResultTable } from "../result-row.ts";
import { writeReport } from "./write-report.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-report-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Files of a report and what is in them. */
async function written(table: ResultTable, name: string): Promise<Record<string, string>> {
  const out = join(folder, name);
  const files = await writeReport(out, table);
  return Object.fromEntries(files.map((file) => [relative(out, file), readFileSync(file, "utf8")]));
}

const small: readonly ResultRow[] = ["DTD", "EuroSAT"].flatMap((dataset) =>
  ["coop", "lamm"].flatMap((method, place) =>
    [1, 2, 3].map((seed) =>
      resultRow({ dataset, method, seed, metrics: { accuracy: 0.1 * seed + 0.07 * place }, seconds: seed }),
    ),
  ),
);

describe("all experiments", () => {
  let files: Record<string, string>;
  beforeAll(async () => {
    files = await written(madeUpResults(experimentNames), "all");
  });

  test("gives these files, and leaves no others", () => {
    expect(Object.keys(files).filter((file) => !file.endsWith(".svg"))).toEqual([
      ...["report.md", "report.html", "report.tex", "results.csv", "results.json", "times.csv"],
    ]);
    expect(Object.keys(files).filter((file) => file.endsWith(".svg"))).toEqual([
      "figures/few-shot-vit-b-16.svg",
      "figures/domain-imagenet-16-vit-b-16.svg",
      "figures/incremental-16-vit-b-16.svg",
      "figures/ablation-loss-parts-lamm-vit-b-16.svg",
      "figures/ablation-loss-lamm-vit-b-16.svg",
      "figures/ablation-init-lamm-vit-b-16.svg",
      "figures/ablation-backbone-16.svg",
    ]);
    const there = readdirSync(join(folder, "all"), { recursive: true }).map(String);
    expect(there.filter((file) => file !== "figures").sort()).toEqual(Object.keys(files).sort());
  });

  test("figures of the Markdown are there", () => {
    const named = [...(files["report.md"] ?? "").matchAll(/\]\((figures\/[^)]+)\)/g)].map(([, name]) => name);
    expect(named).toEqual(Object.keys(files).filter((file) => file.endsWith(".svg")));
  });

  test("figures are well-formed, stand alone and have no names that change", async () => {
    for (const [name, svg] of Object.entries(files).filter(([file]) => file.endsWith(".svg"))) {
      // librsvg takes XML without faults alone.
      const { width = 0, height = 0 } = await sharp(Buffer.from(svg)).metadata();
      expect(Math.min(width, height), name).toBeGreaterThan(100);
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
      expect(svg).not.toMatch(/ id=|url\(|href|currentColor|plot-/);
      expect(svg).toContain("prefers-color-scheme:dark");
    }
  });

  test("the page asks for nothing from outside and runs nothing", () => {
    const page = files["report.html"] ?? "";
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/(?:src|href)="(?!#)|@import|<script|url\(|<link/);
  });
});

test("the order of rows and the time they took do not matter", async () => {
  const expected = await written(resultTable(small), "small");
  const shuffled = fc.shuffledSubarray([...small], { minLength: small.length });
  await fc.assert(
    fc.asyncProperty(shuffled, fc.nat(), async (rows, seconds) => {
      const again = await written(resultTable(rows.map((row) => ({ ...row, seconds }))), "shuffled");
      const { "times.csv": _, ...rest } = again;
      const { "times.csv": times, ...same } = expected;
      expect(rest).toEqual(same);
      expect(times).toContain("few-shot,DTD,ViT-B/16,coop,,16,2,2\r\n");
    }),
    { numRuns: 8 },
  );
});

test("names are text in every file", async () => {
  const name = `<i>"a" & 'b'</i>`;
  const rows = small.map((row) => (row.dataset === "DTD" ? { ...row, dataset: name } : row));
  const files = await written(resultTable(rows), "names");
  const svg = files["figures/few-shot-vit-b-16.svg"] ?? "";
  expect(svg).toContain("&lt;i&gt;");
  for (const text of [svg, files["report.html"] ?? ""]) expect(text).not.toContain("<i>");
  expect((await sharp(Buffer.from(svg)).metadata()).format).toBe("svg");
});

test("one number of shots, one seed, no zero-shot, and zero-shot alone are drawn", async () => {
  const one = await written(resultTable([resultRow()]), "one");
  expect(one["report.md"]).toContain("| LAMM | 50.00 |");
  const zeroShot = resultRow({ method: "zero-shot", shots: 0, seed: 0 });
  const alone = await written(resultTable([zeroShot]), "alone");
  for (const { "figures/few-shot-vit-b-16.svg": svg = "" } of [one, alone]) {
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect((await sharp(Buffer.from(svg)).metadata()).format).toBe("svg");
  }
});

test("a folder that cannot be made is told", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  await expect(writeReport(join(file, "report"), resultTable(small))).rejects.toThrow(
    "a path through something that is not a folder",
  );
});
