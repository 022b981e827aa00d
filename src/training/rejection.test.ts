import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError, DataError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { rowsOf } from "./metrics.ts";
import { familiarity, fitRejection, isUnknown } from "./rejection.ts";

/** Single-class logits: familiarity is half of them. */
function oneClass(logits: readonly number[]): Tensor<"float32"> {
  return createTensor("float32", [logits.length, 1], Float32Array.from(logits));
}

/** Pictures of `classCount` classes: noise, and 6 more for their own class unless they have none. */
function drawLogits(seed: number, pictures: number, classCount: number, own: number): Tensor<"float32"> {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: pictures * classCount }, (_, i) => {
    const isOwn = i % classCount === Math.floor(i / classCount) % classCount;
    return 20 + random.normal(1) + (isOwn ? own : 0);
  });
  return createTensor("float32", [pictures, classCount], data);
}

describe("familiarity", () => {
  test("is the largest logit less the mean of all of them and a zero", () => {
    expect(familiarity([3, 9, 0])).toBe(9 - 12 / 4);
    expect(familiarity([8])).toBe(4);
    expect(familiarity(new Float32Array([2, 2]))).toBeCloseTo(2 - 4 / 3, 12);
  });

  test("rises with the largest logit and falls with every other one", () => {
    const logit = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 9 }), (others) => {
        const largest = Math.max(...others) + 1;
        const before = familiarity([largest, ...others]);
        expect(familiarity([largest + 1, ...others])).toBeGreaterThan(before);
        expect(familiarity([largest, ...others.map((other) => other - 1)])).toBeGreaterThan(before);
      }),
    );
  });
});

describe("a fitted rejection", () => {
  test("has the share of known pictures below its threshold, as a rank among one more", () => {
    const scores = Array.from({ length: 99 }, (_, i) => 2 * ((i * 37) % 99));
    expect(fitRejection({ logits: oneClass(scores) })).toEqual({ threshold: 4, knownRejected: 0.05 });
    expect(fitRejection({ logits: oneClass(scores), share: 0.1 })).toEqual({
      threshold: 9,
      knownRejected: 0.1,
    });
    // 0.07 * 100 is 7.000000000000001, 0.29 * 100 is 28.999999999999996.
    expect(fitRejection({ logits: oneClass(scores), share: 0.29 }).knownRejected).toBe(0.29);
  });

  test("of few pictures has the lowest score, and says how many that may reject", () => {
    const found = fitRejection({ logits: oneClass([6, 2, 4]) });
    expect(found).toEqual({ threshold: 1, knownRejected: 0.25 });
    expect([6, 2, 4].filter((logit) => isUnknown([logit], found))).toEqual([]);
    expect(isUnknown([1.9], found)).toBe(true);
    expect(fitRejection({ logits: oneClass([5]), share: 0.99 }).knownRejected).toBe(0.5);
  });

  test("rejects that share of new known pictures, and most that are of no class", () => {
    const rejection = fitRejection({ logits: drawLogits(1, 1000, 5, 6) });
    const share = (logits: Tensor<"float32">) =>
      rowsOf(logits).filter((row) => isUnknown(row, rejection)).length / (logits.shape[0] ?? 0);
    expect(share(drawLogits(2, 1000, 5, 6))).toBeGreaterThan(0.03);
    expect(share(drawLogits(2, 1000, 5, 6))).toBeLessThan(0.07);
    expect(share(drawLogits(3, 1000, 5, 0))).toBeGreaterThan(0.9);
  });

  test.each([0, 1, -0.1, Number.NaN])("a share of %d is refused", (share) => {
    expect(() => fitRejection({ logits: oneClass([1]), share })).toThrow(ConfigError);
    expect(() => fitRejection({ logits: oneClass([1]), share })).toThrow(
      `fitRejection, share: expected a number in (0, 1), got ${share}.`,
    );
  });

  test("no pictures and broken logits are refused", () => {
    expect(() => fitRejection({ logits: oneClass([]) })).toThrow(DataError);
    expect(() => fitRejection({ logits: oneClass([1, Number.NaN]) })).toThrow(
      "fitRejection, picture 1: expected finite logits, got NaN.",
    );
  });
});
