import { z } from "zod";
import { sampleShots } from "../../../src/data/few-shot-sampling.ts";
import { createRandom } from "../../../src/tensor/random.ts";
import type { RunCase } from "../case-kind.ts";
import type { Comparison } from "../check.ts";

const numbers = z.array(z.number());
const generatorSchema = z.object({
  seed: z.number(),
  random: numbers,
  getrandbits: numbers,
  randbelow: numbers,
  sample: numbers,
  shuffle: numbers,
});
const drawSchema = z.object({
  case: z.string(),
  train_counts: numbers,
  val_counts: numbers,
  shots: z.number(),
  seed: z.number(),
  train: z.array(numbers),
  val: z.array(numbers),
});
const schema = z.object({ generator: z.array(generatorSchema), cases: z.array(drawSchema) });

/** Bits, bounds and sizes of the raw draws, which the reference makes one after the other from one stream. */
const BITS = [1, 7, 32, 53];
const BOUNDS = [2, 3, 10, 1000, 2 ** 20];
const SAMPLED_FROM = 50;

/** CPython's random numbers and few-shot draws: equal or not, so the deviation is the number of draws that differ. */
export const runFewShotSampling: RunCase = async ({ golden, name }) => {
  const { generator, cases } = golden.json(`${name}.json`, schema);
  const differing = (part: string, found: readonly boolean[]): Comparison => ({
    part: `${part} that differ (of ${found.length})`,
    deviation: found.filter((equal) => !equal).length,
    tolerance: 0,
  });
  return {
    checks: [differing("streams", generator.map(isStreamEqual)), differing("draws", cases.map(isDrawEqual))],
  };
};

function isStreamEqual(expected: z.output<typeof generatorSchema>): boolean {
  const { seed, random, getrandbits, randbelow, sample, shuffle } = expected;
  const stream = createRandom(seed);
  const found = {
    random: random.map(() => stream.random()),
    getrandbits: BITS.slice(0, getrandbits.length).map((bits) => Number(stream.getrandbits(bits))),
    randbelow: BOUNDS.slice(0, randbelow.length).map((n) => stream.randBelow(n)),
    sample: stream.sample(range(SAMPLED_FROM), sample.length),
    shuffle: stream.shuffle(range(shuffle.length)),
  };
  return JSON.stringify(found) === JSON.stringify({ random, getrandbits, randbelow, sample, shuffle });
}

function isDrawEqual(expected: z.output<typeof drawSchema>): boolean {
  const pool = (counts: readonly number[]) =>
    counts.flatMap((count, label) => range(count).map((index) => ({ label, index })));
  const drawn = sampleShots(
    { train: pool(expected.train_counts), val: pool(expected.val_counts) },
    { shots: expected.shots, random: createRandom(expected.seed) },
  );
  const byClass = (items: readonly { label: number; index: number }[], classes: number) =>
    range(classes).map((label) => items.filter((item) => item.label === label).map(({ index }) => index));
  const found = [
    byClass(drawn.train, expected.train_counts.length),
    byClass(drawn.val, expected.val_counts.length),
  ];
  return JSON.stringify(found) === JSON.stringify([expected.train, expected.val]);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
