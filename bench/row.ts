/** One measurement. */
export interface Row {
  /** What was measured, from the general to the particular, such as `lamm-step/classes-100/names-1/time`. */
  readonly name: string;
  readonly value: number;
  /** Such as `ms`; `ratio` where there is none. */
  readonly unit: string;
}

/** Rows as an aligned table, a line each. */
export function formatRows(rows: readonly Row[]): string[] {
  const cells = rows.map(({ name, value, unit }) => [name, formatValue(value), unit] as const);
  const nameWidth = Math.max(...cells.map(([name]) => name.length));
  const valueWidth = Math.max(...cells.map(([, value]) => value.length));
  return cells.map(
    ([name, value, unit]) => `${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)} ${unit}`,
  );
}

/** Three digits at least, and no more behind the point than they need. */
function formatValue(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
