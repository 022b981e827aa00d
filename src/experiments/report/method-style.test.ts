import { expect, test } from "vitest";
import { methods } from "../../methods/methods.ts";
import { figureColours } from "./figures/figure-theme.ts";
import { methodStyles, variantStyle } from "./method-style.ts";

type Triple = readonly [number, number, number];

/** Linear red, green and blue of `#rrggbb`, in [0, 1]. */
function linear(colour: string): Triple {
  return [1, 3, 5].map((start) => {
    const value = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
}

function times(matrix: readonly Triple[], [x, y, z]: Triple): Triple {
  return matrix.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Triple;
}

/** Contrast of two colours, 1 to 21. @see https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [a, b]
    .map((colour) => times([[0.2126, 0.7152, 0.0722]], linear(colour))[0])
    .sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** How colours look without one kind of cones. @see Machado, Oliveira & Fernandes 2009, severity 1 */
const sights: Readonly<Record<string, readonly Triple[]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

/** @see Ottosson 2020, A perceptual color space for image processing */
function okLab(colour: Triple): Triple {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    colour,
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones.map(Math.cbrt) as unknown as Triple,
  );
}

const every = ["zero-shot", ...methods.map(({ name }) => name), "gda@lamm", "own"];

test("no two methods look alike, and colours repeat only after eight", () => {
  const styles = [...methodStyles(every).values()];
  expect(new Set(styles.map((style) => JSON.stringify(style))).size).toBe(every.length);
  const few = ["lamm", "tip-adapter", "tip-adapter-f", "coop", "own", "proker", "gda", "clap"];
  expect(new Set([...methodStyles(few).values()].map(({ light }) => light)).size).toBe(few.length + 1);
});

test("the best known methods look the same in every report", () => {
  for (const method of ["zero-shot", "lamm", "coop", "maple", "coop+lamm"]) {
    expect(methodStyles([method]).get(method)).toEqual(methodStyles(every).get(method));
  }
});

test("every colour stands out from its background", () => {
  const { paper, ink } = figureColours;
  for (const { light, dark } of [...methodStyles(every).values(), variantStyle(0), ink]) {
    expect(contrast(light, paper.light)).toBeGreaterThan(3);
    expect(contrast(dark, paper.dark)).toBeGreaterThan(3);
  }
});

test.each(Object.entries(sights))("eight methods stay apart, %s sight", (_, matrix) => {
  const styles = Array.from({ length: 8 }, (_, place) => variantStyle(place));
  for (const scheme of ["light", "dark"] as const) {
    const seen = styles.map((style) =>
      okLab(
        times(matrix, linear(style[scheme])).map((x) => Math.min(1, Math.max(0, x))) as unknown as Triple,
      ),
    );
    const distances = seen.flatMap((a, index) =>
      seen.slice(index + 1).map((b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])),
    );
    expect(Math.min(...distances)).toBeGreaterThan(0.09);
  }
});
