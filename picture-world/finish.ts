import type { Random } from "../src/tensor/random.ts";
import type { Canvas } from "./canvas.ts";

/** Widest blur, in pixels either side. */
const LARGEST_RADIUS = 8;

/**
 * Blurs a canvas with a Gaussian; its border pixels go on outwards.
 *
 * @param deviation standard deviation in pixels
 */
export function blur({ side, data }: Canvas, deviation: number): void {
  const radius = Math.min(LARGEST_RADIUS, Math.max(1, Math.ceil(2 * deviation)));
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * deviation ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kernel = Float64Array.from(weights, (weight) => weight / total);
  const line = new Float32Array(3 * (side + 2 * radius));
  for (let i = 0; i < side; i++) blurLine(data, { start: 3 * side * i, step: 3, side }, kernel, line);
  for (let i = 0; i < side; i++) blurLine(data, { start: 3 * i, step: 3 * side, side }, kernel, line);
}

function blurLine(
  data: Float32Array,
  { start, step, side }: { start: number; step: number; side: number },
  kernel: Float64Array,
  line: Float32Array,
): void {
  const radius = (kernel.length - 1) / 2;
  for (let i = -radius, at = 0; i < side + radius; i++, at += 3) {
    const from = start + step * (i < 0 ? 0 : i >= side ? side - 1 : i);
    line[at] = data[from]!;
    line[at + 1] = data[from + 1]!;
    line[at + 2] = data[from + 2]!;
  }
  for (let i = 0; i < side; i++) {
    let [red, green, blue] = [0, 0, 0];
    for (let k = 0, at = 3 * i; k < kernel.length; k++, at += 3) {
      const weight = kernel[k]!;
      red += weight * line[at]!;
      green += weight * line[at + 1]!;
      blue += weight * line[at + 2]!;
    }
    const to = start + step * i;
    data[to] = red;
    data[to + 1] = green;
    data[to + 2] = blue;
  }
}

/**
 * Scales contrast around middle grey and adds noise to each channel of each pixel.
 *
 * @param options `contrast` as a factor; `noise` as a standard deviation, of 255
 */
export function addNoise(
  { data }: Canvas,
  options: { contrast: number; noise: number },
  random: Random,
): void {
  const { contrast, noise } = options;
  // A generator of its own (xorshift): one draw of `random` for each value would cost more than the rest of a picture.
  let state = Math.floor(random.random() * 0xffffffff) | 1;
  // The sum of two uniform draws of 16 bits has a variance of 1 / 6 of their range squared.
  const scale = (noise * Math.sqrt(6)) / 65536;
  const middle = 127.5 * (1 - contrast) - noise * Math.sqrt(6);
  for (let i = 0; i < data.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[i] = data[i]! * contrast + middle + scale * ((state & 0xffff) + (state >>> 16));
  }
}
