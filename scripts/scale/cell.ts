/** Numbers of one measurement by name, each name with its unit. */
export type ScaleNumbers = Readonly<Record<string, number>>;

/** One measurement, as the JSON file keeps it. */
export interface ScaleCell {
  /** What was measured, such as `step`. */
  readonly kind: string;
  /** Its size: classes, or rows or pictures where there are none. */
  readonly size: number;
  /** Tokens of class names, dealt to the classes in turn, such as `1-2-3-4`; absent where no text is encoded. */
  readonly names?: string;
  readonly numbers: ScaleNumbers;
}

/** Which measurement a cell is of. */
export type ScaleKey = Omit<ScaleCell, "numbers">;

/** Whether there is a cell of this measurement already. */
export function hasCell(cells: readonly ScaleCell[], { kind, size, names }: ScaleKey): boolean {
  return cells.some((cell) => cell.kind === kind && cell.size === size && cell.names === names);
}
