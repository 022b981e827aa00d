import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../src/tensor/random.ts";
import {
  applyColourMatrix,
  type Colour,
  clampByte,
  colourDistance,
  colourMatrix,
  nearbyColour,
  randomColour,
  within,
} from "./colour.ts";

const byte = fc.integer({ min: 0, max: 255 });
const colour: fc.Arbitrary<Colour> = fc.tuple(byte, byte, byte);
const inBytes = (value: number) => value >= 0 && value <= 255;

describe("colourMatrix", () => {
  test("changes nothing without a turn and with factors of 1", () => {
    fc.assert(
      fc.property(colour, (given) => {
        const same = applyColourMatrix(colourMatrix({ hue: 0, saturation: 1, brightness: 1 }), given);
        same.forEach((value, i) => {
          expect(value).toBeCloseTo(given[i] as number, 9);
        });
      }),
    );
  });

  test("turns red to green to blue in steps of 120 degrees", () => {
    const turn = colourMatrix({ hue: 120, saturation: 1, brightness: 1 });
    const green = applyColourMatrix(turn, [255, 0, 0]);
    const blue = applyColourMatrix(turn, green);
    expect(green.map(Math.round)).toEqual([0, 255, 0]);
    expect(blue.map(Math.round)).toEqual([0, 0, 255]);
  });

  test("without saturation leaves the grey of the same brightness", () => {
    const [red, green, blue] = applyColourMatrix(
      colourMatrix({ hue: 0, saturation: 0, brightness: 1 }),
      [0, 255, 0],
    );
    for (const value of [red, green, blue]) expect(value).toBeCloseTo(0.7152 * 255, 9);
  });

  test("scales greys by the brightness alone", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -180, max: 180 }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        (hue, saturation) => {
          const mapped = applyColourMatrix(
            colourMatrix({ hue, saturation, brightness: 0.5 }),
            [100, 100, 100],
          );
          for (const value of mapped) expect(value).toBeCloseTo(50, 9);
        },
      ),
    );
  });
});

test("random colours and colours near another are colours", () => {
  fc.assert(
    fc.property(fc.nat(), colour, fc.integer({ min: 0, max: 200 }), (seed, near, distance) => {
      const random = createRandom(seed);
      expect(randomColour(random).every(inBytes)).toBe(true);
      const other = nearbyColour(near, distance, random);
      expect(other.every(inBytes)).toBe(true);
      expect(colourDistance(near, other)).toBeLessThanOrEqual(1.5 * distance);
    }),
  );
});

test("colourDistance is the mean over channels", () => {
  expect(colourDistance([0, 10, 20], [30, 10, 5])).toBe(15);
});

test("within stays in the range, clampByte in a byte", () => {
  const random = createRandom(1);
  const draws = Array.from({ length: 200 }, () => within([-2, 3], random));
  expect(draws.every((draw) => draw >= -2 && draw < 3)).toBe(true);
  expect(Math.max(...draws) - Math.min(...draws)).toBeGreaterThan(4.5);
  expect([-1, 0, 17.5, 255, 256].map(clampByte)).toEqual([0, 0, 17.5, 255, 255]);
});
