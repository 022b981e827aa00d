import type { MethodStyle } from "../method-style.ts";

/** Colours of a figure but for its data, for light and dark. */
export const figureColours = {
  paper: { light: "#ffffff", dark: "#14161a" },
  ink: { light: "#1f2328", dark: "#e6e8eb" },
  grid: { light: "#e3e5e8", dark: "#31363d" },
} as const;

/** Font of all text in figures: what the reader's system has. */
export const FIGURE_FONT = 'system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif';

/** Class of every figure, which its style is held to. */
export const FIGURE_CLASS = "lamm-figure";

/**
 * Style that turns a figure dark where its reader's system is. Light colours are attributes of the shapes, which programs read that
 * know no style sheets; a rule goes before an attribute.
 */
export function darkStyle(styles: Iterable<Pick<MethodStyle, "light" | "dark">>): string {
  const pairs = new Map([...Object.values(figureColours), ...styles].map(({ light, dark }) => [light, dark]));
  const rules = [...pairs].flatMap(([light, dark]) =>
    ["fill", "stroke"].map((name) => `.${FIGURE_CLASS} [${name}="${light}"]{${name}:${dark}}`),
  );
  // Text without a colour of its own has the figure's.
  const text = `.${FIGURE_CLASS}{fill:${figureColours.ink.dark}}`;
  return `@media (prefers-color-scheme:dark){${text}${rules.join("")}}`;
}
