import { compareMethods, distinct } from "./sort-rows.ts";

/** How a method is drawn, in all figures of a report. */
export interface MethodStyle {
  /** On a light background, and on a dark one; both `#rrggbb`. */
  readonly light: string;
  readonly dark: string;
  /** Shape of its points, as Plot names it; `none` for what has no points, as zero-shot. */
  readonly symbol:
    | "circle"
    | "square"
    | "triangle"
    | "diamond"
    | "star"
    | "wye"
    | "cross"
    | "hexagon"
    | "none";
  /** Of its line, as SVG has it; empty for a line without gaps. */
  readonly dash: string;
}

/** Zero-shot, in every report: the level that all others are seen against. */
const GREY = { light: "#6b6f76", dark: "#a3a9b3" };

/**
 * Eight colours as pairs for light and dark. They were searched for: any two stay 0.09 apart at least in OKLab, five times what is
 * just seen, for the usual kinds of colour blindness too, with a contrast of 3 to the background. Shapes tell them apart as well.
 */
const hues = [
  { light: "#0072b2", dark: "#56a8e8" },
  { light: "#eb5213", dark: "#ff5e02" },
  { light: "#009d63", dark: "#12dea6" },
  { light: "#a83a7b", dark: "#c9738c" },
  { light: "#79520f", dark: "#ffe63f" },
  { light: "#1196ff", dark: "#b3ffff" },
  { light: "#6b1a10", dark: "#b93235" },
  { light: "#3a2a80", dark: "#7c66e5" },
] as const;

const symbols = ["circle", "square", "triangle", "diamond", "star", "wye", "cross", "hexagon"] as const;
/** Of the first eight methods, the next eight, and so on. */
const dashes = ["", "6 3", "2 2", "8 3 2 3"] as const;

/** Hues of these methods, wherever they are; others take what is left. */
const usualHues: readonly string[] = [
  ...["lamm", "coop", "maple", "cocoop", "coop+lamm", "maple+lamm", "cocoop+lamm", "gda"],
];

/**
 * A style for each method, no two alike: the same for the best known methods in every report, the same in all figures of one.
 * Colours repeat only among more than eight methods, with other dashes.
 */
export function methodStyles(names: Iterable<string>): ReadonlyMap<string, MethodStyle> {
  const methods = distinct(names, compareMethods).filter((name) => name !== "zero-shot");
  const places = new Map<string, number>();
  for (const name of methods) {
    const usual = usualHues.indexOf(name);
    if (usual >= 0) places.set(name, usual);
  }
  const taken = new Set(places.values());
  const free = Array.from({ length: hues.length + methods.length }, (_, place) => place).filter(
    (place) => !taken.has(place),
  );
  for (const name of methods) if (!places.has(name)) places.set(name, free.shift() ?? 0);
  const styles = methods.map((name) => [name, styleAt(places.get(name) ?? 0)] as const);
  return new Map([...styles, ["zero-shot", { ...GREY, symbol: "none", dash: "5 4" }]]);
}

/** Style of a variant of one method, by its place among the others. */
export function variantStyle(place: number): MethodStyle {
  return styleAt(place);
}

function styleAt(place: number): MethodStyle {
  const hue = hues[place % hues.length] ?? hues[0];
  const round = Math.floor(place / hues.length);
  const symbol = symbols[(place + round) % symbols.length] ?? "circle";
  return { ...hue, symbol, dash: dashes[round % dashes.length] ?? "" };
}
