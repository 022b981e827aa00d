import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRandom } from "./random.ts";

interface GeneratorCase {
  readonly seed: number;
  readonly random: readonly number[];
  readonly getrandbits: readonly number[];
  readonly randbelow: readonly number[];
  readonly sample: readonly number[];
  readonly shuffle: readonly number[];
}

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/golden/few-shot-sampling.json"), "utf8"),
) as { generator: GeneratorCase[] };

describe("createRandom equals CPython's random", () => {
  test.each(golden.generator)("seed $seed", (expected) => {
    const { seed } = expected;
    const range = (n: number) => Array.from({ length: n }, (_, index) => index);
    // The golden file holds one stream: each list continues where the one before it ended.
    const stream = createRandom(seed);
    expect(expected.random.map(() => stream.random())).toEqual(expected.random);
    expect([1, 7, 32, 53].map((count) => Number(stream.getrandbits(count)))).toEqual(expected.getrandbits);
    expect([2, 3, 10, 1000, 2 ** 20].map((n) => stream.randBelow(n))).toEqual(expected.randbelow);
    expect(stream.sample(range(50), 8)).toEqual(expected.sample);
    expect(stream.shuffle(range(12))).toEqual(expected.shuffle);
  });

  test("the sign of a seed does not matter, its size does not either", () => {
    expect(createRandom(-5).random()).toBe(createRandom(5).random());
    expect(createRandom(2n ** 70n).random()).not.toBe(createRandom(0).random());
  });
});

describe("createRandom", () => {
  test("refuses a seed that is not an integer", () => {
    expect(() => createRandom(1.5)).toThrow("seed: expected an integer, got 1.5.");
  });

  test.each([0, -1, 2.5, Number.NaN, 2 ** 53])("refuses to draw below %d", (n) => {
    expect(() => createRandom(1).randBelow(n)).toThrow(
      `randBelow: expected a whole number from 1, got ${n}.`,
    );
  });

  test("refuses to sample more items than there are", () => {
    expect(() => createRandom(1).sample([1, 2], 3)).toThrow("sample: expected a count from 0 to 2, got 3.");
  });

  test("normal draws have the mean and deviation asked for", () => {
    const random = createRandom(3);
    const draws = Array.from({ length: 20_000 }, () => random.normal(0.02));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const deviation = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length);
    expect(Math.abs(mean)).toBeLessThan(0.0006);
    expect(Math.abs(deviation - 0.02)).toBeLessThan(0.0004);
  });
});
