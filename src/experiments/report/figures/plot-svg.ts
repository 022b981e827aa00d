import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { FIGURE_FONT, figureColours } from "./figure-theme.ts";

/** An SVG drawing without its outermost element. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Its elements. */
  readonly content: string;
}

/** Attributes that hold coordinates, whose last digits are noise. */
const COORDINATES = / (x|y|x1|x2|y1|y2|dx|dy|r|cx|cy|width|height|d|points|transform)="([^"]*)"/g;

/**
 * Draws a plot as elements of an SVG: coordinates with two digits, colours as attributes of the shapes, no style sheet and no names,
 * so that drawings can be put together.
 */
export function plotSvg(
  options: Omit<Plot.PlotOptions, "document" | "width" | "height"> & {
    readonly width: number;
    readonly height: number;
  },
): Drawing {
  const { document } = parseHTML("<html><body></body></html>");
  const figure = Plot.plot({
    ...options,
    document: document as unknown as Document,
    style: { background: "none" },
  });
  for (const style of figure.querySelectorAll("style")) style.remove();
  // A figure is read as one picture, with its own label.
  for (const element of figure.querySelectorAll("[aria-label]")) element.removeAttribute("aria-label");
  const content = figure.innerHTML
    .replaceAll("currentColor", figureColours.ink.light)
    .replaceAll(
      COORDINATES,
      (_, name: string, value: string) => ` ${name}="${value.replaceAll(/-?\d+\.\d{3,}/g, twoDigits)}"`,
    );
  return { width: options.width, height: options.height, content };
}

function twoDigits(number: string): string {
  return String(Math.round(100 * Number(number)) / 100);
}

/** Text of an SVG element or attribute. */
export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A drawing at a place in another one. */
export function placed({ content }: Drawing, { x, y }: { readonly x: number; readonly y: number }): string {
  return `<g transform="translate(${x},${y})">${content}</g>`;
}

/**
 * A drawing as an SVG file's text, or as a picture in a page.
 *
 * @param label what it shows, for those who do not see it
 * @param options `style` is a style sheet of the file; `background` fills it
 */
export function svgDocument(
  { width, height, content }: Drawing,
  label: string,
  { style, className }: { readonly style?: string; readonly className: string },
): string {
  const { paper, ink } = figureColours;
  const background =
    style === undefined
      ? ""
      : `<style>${style}</style><rect width="${width}" height="${height}" fill="${paper.light}"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${className}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` role="img" aria-label="${escapeXml(label)}" font-family="${escapeXml(FIGURE_FONT)}" font-size="12" text-anchor="middle" fill="${ink.light}">`,
    `${background}${content}</svg>`,
  ].join("");
}
