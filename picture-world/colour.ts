import type { Random } from "../src/tensor/random.ts";
import type { Range } from "./conditions.ts";

/** Red, green, blue, from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Rows of a linear map of colours: red, green and blue out of red, green and blue. */
export type ColourMatrix = readonly [number, number, number, number, number, number, number, number, number];

/** Shares of red, green and blue in brightness (ITU-R BT.709). */
const LUMA: Colour = [0.2126, 0.7152, 0.0722];

/** A uniform draw from a range. */
export function within([least, most]: Range, random: Random): number {
  return least + (most - least) * random.random();
}

/** A random colour: dull and bright ones alike, a fifth of them greys. */
export function randomColour(random: Random): Colour {
  const hue = 2 * Math.PI * random.random();
  const chroma = random.random() < 0.2 ? 0 : 110 * random.random();
  const light = 30 + 215 * random.random();
  return fromHue(hue, chroma, light);
}

/** A colour near another one. */
export function nearbyColour([red, green, blue]: Colour, distance: number, random: Random): Colour {
  const shift = () => distance * (2 * random.random() - 1);
  const light = shift();
  return [
    clampByte(red + light + 0.5 * shift()),
    clampByte(green + light + 0.5 * shift()),
    clampByte(blue + light + 0.5 * shift()),
  ];
}

/** Mean absolute difference of the channels. */
export function colourDistance(a: Colour, b: Colour): number {
  return (Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2])) / 3;
}

/** Holds a value in [0, 255]. */
export function clampByte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function fromHue(hue: number, chroma: number, light: number): Colour {
  const channel = (turn: number) => clampByte(light + chroma * Math.cos(hue + turn));
  return [channel(0), channel((2 * Math.PI) / 3), channel((4 * Math.PI) / 3)];
}

/**
 * Turns hues about the axis of greys, then scales saturation and brightness.
 *
 * @param options `hue` in degrees; `saturation` and `brightness` as factors
 */
export function colourMatrix(options: { hue: number; saturation: number; brightness: number }): ColourMatrix {
  const angle = (options.hue * Math.PI) / 180;
  const cos = Math.cos(angle);
  const same = cos + (1 - cos) / 3;
  const next = (1 - cos) / 3 - Math.sin(angle) / Math.sqrt(3);
  const last = (1 - cos) / 3 + Math.sin(angle) / Math.sqrt(3);
  const turn = [same, next, last, last, same, next, next, last, same];
  const { saturation, brightness } = options;
  const entry = (row: number, column: number) => {
    // Brightness of the turned colour, which the greys keep.
    const luma = LUMA[0] * turn[column]! + LUMA[1] * turn[3 + column]! + LUMA[2] * turn[6 + column]!;
    return brightness * (saturation * turn[3 * row + column]! + (1 - saturation) * luma);
  };
  return [
    entry(0, 0),
    entry(0, 1),
    entry(0, 2),
    entry(1, 0),
    entry(1, 1),
    entry(1, 2),
    entry(2, 0),
    entry(2, 1),
    entry(2, 2),
  ];
}

/** The colour that a matrix makes of one. */
export function applyColourMatrix(m: ColourMatrix, [red, green, blue]: Colour): Colour {
  return [
    clampByte(m[0] * red + m[1] * green + m[2] * blue),
    clampByte(m[3] * red + m[4] * green + m[5] * blue),
    clampByte(m[6] * red + m[7] * green + m[8] * blue),
  ];
}
