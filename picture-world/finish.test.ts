import { describe, expect, test } from "vitest";
import { createRandom } from "../src/tensor/random.ts";
import { createCanvas } from "./canvas.ts";
import { addNoise, blur } from "./finish.ts";

const SIDE = 32;

describe("blur", () => {
  test("leaves one colour as it is", () => {
    const canvas = createCanvas(SIDE);
    canvas.data.fill(77);
    blur(canvas, 1.3);
    for (const value of canvas.data) expect(value).toBeCloseTo(77, 3);
  });

  test("spreads a dot as wide as asked for, channel by channel", () => {
    const canvas = createCanvas(SIDE);
    const centre = SIDE / 2;
    canvas.data[3 * (SIDE * centre + centre) + 1] = 100;
    blur(canvas, 1.5);
    let [mass, square] = [0, 0];
    canvas.data.forEach((value, i) => {
      if (i % 3 !== 1) expect(value).toBe(0);
      mass += value;
      square += value * ((Math.floor(i / 3) % SIDE) - centre) ** 2;
    });
    expect(mass).toBeCloseTo(100, 3);
    // The kernel ends at two standard deviations, which takes a tenth off.
    expect(Math.sqrt(square / mass)).toBeGreaterThan(1.3);
    expect(Math.sqrt(square / mass)).toBeLessThan(1.5);
  });
});

describe("addNoise", () => {
  test("has the mean 0 and the standard deviation that is asked for", () => {
    const canvas = createCanvas(128);
    canvas.data.fill(100);
    addNoise(canvas, { contrast: 1, noise: 12 }, createRandom(3));
    const n = canvas.data.length;
    const mean = canvas.data.reduce((sum, value) => sum + value, 0) / n;
    const variance = canvas.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
    expect(Math.abs(mean - 100)).toBeLessThan(0.3);
    expect(Math.abs(Math.sqrt(variance) - 12)).toBeLessThan(0.3);
  });

  test("scales contrast around middle grey", () => {
    const canvas = createCanvas(1);
    canvas.data.set([127.5, 27.5, 227.5]);
    addNoise(canvas, { contrast: 0.5, noise: 0 }, createRandom(3));
    expect([...canvas.data]).toEqual([127.5, 77.5, 177.5]);
  });
});
