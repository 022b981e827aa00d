import { expect, test } from "vitest";
import { createStream, fillNormal } from "./fill-normal.ts";

const COUNT = 200_000;

function draw(seed: string, count: number, distribution = { mean: 0, deviation: 1 }): Float32Array {
  const values = new Float32Array(count);
  fillNormal(values, createStream(seed), distribution);
  return values;
}

const average = (values: Float32Array, term: (value: number, index: number) => number) =>
  values.reduce((sum, value, index) => sum + term(value, index), 0) / values.length;

test("moments are those of a normal distribution", () => {
  const values = draw("moments", COUNT);
  // Five standard errors each; the fourth moment of four uniform numbers is 3 - 6/5/4.
  expect(Math.abs(average(values, (x) => x))).toBeLessThan(5 / Math.sqrt(COUNT));
  expect(Math.abs(average(values, (x) => x ** 2) - 1)).toBeLessThan(5 * Math.sqrt(2 / COUNT));
  expect(Math.abs(average(values, (x) => x ** 3))).toBeLessThan(5 * Math.sqrt(15 / COUNT));
  expect(Math.abs(average(values, (x) => x ** 4) - 2.7)).toBeLessThan(5 * Math.sqrt(96 / COUNT));
});

test("neighbours and streams are independent", () => {
  const values = draw("one", COUNT);
  const others = draw("two", COUNT);
  const bound = 5 / Math.sqrt(COUNT);
  for (const lag of [1, 2, 64]) {
    expect(Math.abs(average(values, (x, i) => x * (values[i + lag] ?? 0)))).toBeLessThan(bound);
  }
  expect(Math.abs(average(values, (x, i) => x * (others[i] ?? 0)))).toBeLessThan(bound);
});

test("mean and deviation shift and stretch", () => {
  const plain = draw("scale", 100);
  const scaled = draw("scale", 100, { mean: 3, deviation: 0.5 });
  for (const [i, x] of plain.entries()) expect(scaled[i]).toBeCloseTo(3 + 0.5 * x, 5);
});

test("a stream goes on where it was, and one seed gives one stream", () => {
  const state = createStream("pieces");
  const pieces = [3, 5, 8].flatMap((count) => {
    const values = new Float32Array(count);
    fillNormal(values, state, { mean: 0, deviation: 1 });
    return [...values];
  });
  expect(pieces).toEqual([...draw("pieces", 16)]);
});
