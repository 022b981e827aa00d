import { quoted } from "../data/class-names.ts";
import type { AddClassesResult } from "../tasks/add-classes.ts";
import type { AdditionEvaluation } from "../tasks/evaluate-addition.ts";
import type { AdditionAccuracy } from "../training/addition-accuracy.ts";
import { percent } from "../training/percent.ts";
import { formatBytes } from "./progress.ts";

/** What there is to tell of classes that joined an adapter. */
export interface AdditionFacts {
  /** File that was written. */
  readonly out: string;
  readonly result: AddClassesResult;
  /** Absent where it could not be tested. */
  readonly evaluation: AdditionEvaluation | undefined;
  readonly bytes: number;
  readonly seconds: number;
  /** Where the pictures of old classes are from. */
  readonly oldTest: string | undefined;
}

const ROWS: readonly (readonly [keyof AdditionAccuracy, string])[] = [
  ["old", "old classes"],
  ["added", "new classes"],
  ["union", "all classes"],
];

/** What was added, and accuracies before and after, as text. */
export function formatAddition({ out, result, evaluation, bytes, seconds, oldTest }: AdditionFacts): string {
  const { added, adapter, trained, pictures, negatives } = result;
  const old = adapter.classNames.length - added.length;
  const how = trained
    ? `from ${pictures.length} pictures in ${seconds.toFixed(1)} s, with ${negatives === "old" ? "the old ones" : "nothing but each other"} to be told from`
    : "by their names alone: all that this adapter learned is shared by its classes, so there is nothing to train";
  return [
    `Added ${quoted(added)} to ${old} classes ${how}.\n`,
    `Wrote ${out} (${formatBytes(bytes)}); the numbers of the old classes are what they were.\n`,
    formatAccuracy(evaluation?.accuracy ?? {}),
    ...notMeasured(evaluation, oldTest).map((line) => `${line}\n`),
  ].join("");
}

/** The same for programs. */
export function additionAsJson({ out, result, evaluation, bytes, seconds, oldTest }: AdditionFacts) {
  const { adapter, added, trained, pictures, negatives, unreadable, passes } = result;
  return {
    adapter: out,
    method: adapter.method,
    model: adapter.baseModel.id,
    classes: adapter.classNames,
    added,
    trained,
    negatives,
    pictures: pictures.length,
    unreadable: [...unreadable, ...(evaluation?.unreadable ?? [])],
    config: adapter.additions?.at(-1)?.config,
    accuracy: evaluation?.accuracy ?? {},
    notMeasured: notMeasured(evaluation, oldTest),
    textTowerPasses: passes,
    seconds,
    bytes,
  };
}

function formatAccuracy(accuracy: AdditionAccuracy): string {
  const rows = ROWS.flatMap(([key, title]) => {
    const found = accuracy[key];
    if (found === undefined) return [];
    const { before, after, total } = found;
    const cells = [percent(before), percent(after), `${total}`];
    return [`${title}${cells.map((cell) => cell.padStart(10)).join("")}\n`];
  });
  if (rows.length === 0) return "";
  const head = ["before", "after", "pictures"].map((cell) => cell.padStart(10)).join("");
  return `\n${" ".repeat("old classes".length)}${head}\n${rows.join("")}\nBefore: old classes among themselves; else with the new ones known by their names alone.\n`;
}

/** Why a row is missing. */
function notMeasured(evaluation: AdditionEvaluation | undefined, oldTest: string | undefined): string[] {
  if (evaluation === undefined) return [];
  const { old, added } = evaluation.accuracy;
  return [
    ...(old === undefined && oldTest === undefined
      ? ["Old classes were not measured: give pictures of them with --old-test."]
      : []),
    ...(added === undefined
      ? ["New classes were not measured: the folder has no test or val part beside train."]
      : []),
  ];
}
