import type { Row } from "./row.ts";

/** What a row should reach. */
interface Bar {
  readonly name: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** The goals that this project set itself. A machine on which others work can miss them; nothing fails then. */
const bars: readonly Bar[] = [
  { name: "plain-step/classes-100/times-slower", atLeast: 25 },
  { name: "lamm-step/classes-100/names-1/share-of-gemm-rate", atLeast: 0.65 },
  { name: "lamm-step/classes-1000/names-1/peak-memory", atMost: 3000 },
  { name: "plain-step/coop/classes-100/times-slower", atLeast: 15 },
  { name: "plain-step/cocoop/classes-100/times-slower", atLeast: 10 },
  { name: "maple-step/classes-20/share-of-gemm-rate", atLeast: 0.6 },
  { name: "linearity/classes-1000-over-100", atLeast: 0.85, atMost: 1.15 },
  { name: "pretrain-step/patch-16/pictures", atLeast: 150 },
];

/** One line for each goal of which a row was measured. */
export function judgeRows(rows: readonly Row[]): string[] {
  return bars.flatMap(({ name, atLeast, atMost }) => {
    const row = rows.find((candidate) => candidate.name === name);
    if (row === undefined) return [];
    const isMet = row.value >= (atLeast ?? -Infinity) && row.value <= (atMost ?? Infinity);
    const limits = [
      ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
      ...(atMost === undefined ? [] : [`at most ${atMost}`]),
    ];
    return [
      `${isMet ? "met   " : "MISSED"}  ${name}: ${row.value.toPrecision(3)} ${row.unit}, goal ${limits.join(", ")}`,
    ];
  });
}
