import { describe, expect, test } from "vitest";
import { createRandom } from "../src/tensor/random.ts";
import { BACKGROUNDS, drawBackground } from "./background.ts";
import { createCanvas } from "./canvas.ts";
import type { Colour } from "./colour.ts";
import { type BackgroundKind, STANDARD } from "./conditions.ts";

const BASE: Colour = [120, 60, 200];
const KINDS = Object.keys(BACKGROUNDS) as BackgroundKind[];

function coloursOf(kind: BackgroundKind, seed: number): string[] {
  const canvas = createCanvas(32);
  BACKGROUNDS[kind](canvas, BASE, createRandom(seed));
  expect(canvas.data.every((value) => value >= 0 && value <= 255)).toBe(true);
  return Array.from({ length: 32 * 32 }, (_, i) => canvas.data.slice(3 * i, 3 * i + 3).join());
}

describe.each(KINDS)("%s", (kind) => {
  test("fills the canvas with one colour, or with several", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const colours = new Set(coloursOf(kind, seed));
      if (kind === "plain") expect([...colours]).toEqual([BASE.join()]);
      else expect(colours.size).toBeGreaterThan(2);
    }
  });

  test("is drawn alike from the same random numbers", () => {
    expect(coloursOf(kind, 9)).toEqual(coloursOf(kind, 9));
    if (kind !== "plain") expect(coloursOf(kind, 9)).not.toEqual(coloursOf(kind, 10));
  });

  test("is the one drawn where it alone has weight", () => {
    const none = Object.fromEntries(KINDS.map((name) => [name, 0])) as Record<BackgroundKind, number>;
    const canvas = createCanvas(32);
    drawBackground(canvas, { ...STANDARD, backgrounds: { ...none, [kind]: 1 } }, BASE, createRandom(4));
    const own = createCanvas(32);
    const random = createRandom(4);
    random.random();
    BACKGROUNDS[kind](own, BASE, random);
    expect(canvas.data).toEqual(own.data);
  });
});

test("stripes and checks have both of their colours in like amounts", () => {
  for (const kind of ["stripes", "checks"] as const) {
    const shares = Array.from({ length: 20 }, (_, seed) => {
      const colours = coloursOf(kind, seed);
      return colours.filter((colour) => colour === BASE.join()).length / colours.length;
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(mean).toBeGreaterThan(0.2);
    expect(mean).toBeLessThan(0.6);
  }
});
