import type { MethodStyle } from "./method-style.ts";

/** A report before it is written in a format: blocks of text, tables and figures, one after the other. */
export type ReportBlock =
  | HeadingBlock
  | ParagraphBlock
  | ListBlock
  | TableBlock
  | TableGroupBlock
  | FigureBlock;

/** Level 1 is the report's title. */
export interface HeadingBlock {
  readonly kind: "heading";
  readonly level: 1 | 2;
  readonly text: string;
}

/** Plain text. */
export interface ParagraphBlock {
  readonly kind: "paragraph";
  readonly text: string;
  /** What a reader must not miss, such as cells that failed. */
  readonly isWarning?: boolean;
}

/** Lines of plain text. */
export interface ListBlock {
  readonly kind: "list";
  readonly items: readonly string[];
}

/** A table; its first column names the rows. */
export interface TableBlock {
  readonly kind: "table";
  readonly caption: string;
  /** What marks in its cells mean: bold numbers, and lines of published ones. */
  readonly note?: string;
  /** Heading of the first column, then of each other. */
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
  /** Whether cells are words and stand left; numbers stand right. */
  readonly isText?: boolean;
}

/** Tables of details, such as one for each data set; a page shows them when asked. */
export interface TableGroupBlock {
  readonly kind: "table-group";
  readonly title: string;
  readonly tables: readonly TableBlock[];
}

/** A row of a table. */
export interface TableRow {
  readonly name: string;
  readonly cells: readonly TableCell[];
  /** Rows that belong to the one above: published numbers and differences from them. */
  readonly isAside?: boolean;
}

/** Text of a cell, and whether it is the best of its column. */
export interface TableCell {
  readonly text: string;
  readonly isBest?: boolean;
}

/** Panels side by side with one legend. */
export interface FigureBlock {
  readonly kind: "figure";
  /** Name of its file, without `.svg`. */
  readonly name: string;
  readonly caption: string;
  readonly panels: readonly Panel[];
  /** Panels side by side in the file; a page has as many as fit. */
  readonly columns: number;
  readonly legend: readonly LegendEntry[];
}

/** What a line or bar of a figure is of. */
export interface LegendEntry {
  readonly title: string;
  readonly style: MethodStyle;
}

/** One drawing with its title. */
export type Panel = CurvePanel | BarPanel;

/** Accuracy in percent against shots. */
export interface CurvePanel {
  readonly kind: "curves";
  readonly title: string;
  readonly curves: readonly Curve[];
  /** Shots that have a tick: those of all panels. */
  readonly shots: readonly number[];
}

/** A line over shots; one point at 0 shots is drawn as a level across the panel. */
export interface Curve extends LegendEntry {
  readonly points: readonly CurvePoint[];
}

/** A mean in percent, and its deviation; NaN where there is none. */
export interface CurvePoint {
  readonly shots: number;
  readonly mean: number;
  readonly deviation: number;
}

/** Bars from 0, each with its value; all panels of a figure have one axis. */
export interface BarPanel {
  readonly kind: "bars";
  readonly title: string;
  /** What bars are long in: accuracy in percent, or points of difference. */
  readonly unit: "%" | "points";
  readonly bars: readonly Bar[];
}

/** A bar; `lower` and `upper` are the ends of its whisker, NaN where there is none. */
export interface Bar extends LegendEntry {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  /** Its value in words. */
  readonly text: string;
}
