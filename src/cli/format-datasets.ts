import type { DatasetState, WrittenSplit } from "../data/datasets/dataset.ts";
import { describeMissing } from "../data/datasets/define-dataset.ts";
import { wrapText } from "./wrap-text.ts";

/** What `lamm datasets` found. */
export interface DatasetsReport {
  /** The data folder. */
  readonly data: string;
  readonly exists: boolean;
  readonly datasets: readonly DatasetState[];
  /** Splits that were made. */
  readonly written: readonly WrittenSplit[];
}

const INDENT = 4;
const STATE = 12;
const COUNT = 9;
const NAME = "data set";
const HEADINGS = ["classes", "train", "val", "test"];

/** A table of the data sets that are there in whole or in part, with what is missing; then the others, in a line each. */
export function formatDatasets({ data, exists, datasets, written }: DatasetsReport, columns: number): string {
  const there = datasets.filter(({ state }) => state !== "absent");
  const absent = absentLines(datasets);
  const width = Math.max(...there.map(({ name }) => name.length), NAME.length) + 2;
  const heading = `${NAME.padEnd(width)}${"state".padEnd(STATE)}${HEADINGS.map((each) => each.padStart(COUNT)).join("")}\n`;
  return [
    exists
      ? `Data sets in ${data}:\n`
      : `There is no folder ${data}: --data or LAMM_DATA name another one.\n`,
    ...(there.length === 0 ? [] : ["\n", heading]),
    ...there.flatMap((state) => formatState(state, { width, columns })),
    ...(absent.length === 0 ? [] : ["\nAbsent, and where to get them:\n", ...absent]),
    ...(written.length === 0 ? [] : ["\n"]),
    ...written.map(
      ({ file, counts: { train, val, test } }) =>
        `Wrote ${file}: ${train} train, ${val} val, ${test} test.\n`,
    ),
  ].join("");
}

/** A line for each absent data set; the domains of an absent one that come with it have none of their own. */
function absentLines(datasets: readonly DatasetState[]): string[] {
  const absent = datasets.filter(({ state }) => state === "absent");
  const sourceOf = (wanted: string | undefined) =>
    absent.find(({ name }) => name === wanted)?.missing[0]?.source;
  const listed = absent.filter(({ of, missing }) => of === undefined || sourceOf(of) !== missing[0]?.source);
  const width = Math.max(...listed.map(({ name }) => name.length), 0) + 2;
  return listed.map(({ name, missing }) => `${name.padEnd(width)}${missing[0]?.source ?? ""}\n`);
}

function formatState(
  { name, state, counts, missing, problem, note }: DatasetState,
  { width, columns }: { readonly width: number; readonly columns: number },
): string[] {
  const numbers = counts && [counts.classes, counts.train, counts.val, counts.test];
  const cells = (numbers ?? []).map((count) => String(count).padStart(COUNT)).join("");
  const details = [
    ...missing.map((part) => `${describeMissing(part)}: get it from ${part.source}`),
    ...[problem, note].filter((text) => text !== undefined),
  ];
  return [
    `${`${name.padEnd(width)}${state.padEnd(STATE)}${cells}`.trimEnd()}\n`,
    ...details.map((text) => `${" ".repeat(INDENT)}${wrapText(text, { columns, indent: INDENT })}\n`),
  ];
}
