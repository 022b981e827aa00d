import { expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { createTensor } from "../tensor/tensor.ts";
import { logSumExp, probabilitiesOf } from "./softmax.ts";

test("the sum of exponentials is that of the definition, and does not overflow", () => {
  expect(logSumExp([0, Math.log(2), Math.log(5)])).toBeCloseTo(Math.log(8), 14);
  expect(logSumExp([0, 2 * Math.log(3)], 2)).toBeCloseTo(Math.log(4), 14);
  expect(logSumExp([1e5, 1e5])).toBeCloseTo(1e5 + Math.log(2), 9);
  expect(logSumExp([-1e5, -1e5], 0.01)).toBeCloseTo(-1e7 + Math.log(2), 6);
});

test("probabilities are the softmax of each row", () => {
  const logits = createTensor("float32", [2, 2], Float32Array.of(0, Math.log(3), 100, 100));
  const { shape, data } = probabilitiesOf(logits);
  expect(shape).toEqual([2, 2]);
  expect([...data]).toEqual([0.25, 0.75, 0.5, 0.5].map((p) => expect.closeTo(p, 6)));
  const warm = probabilitiesOf(logits, 0.5).data;
  expect([...warm]).toEqual([0.1, 0.9, 0.5, 0.5].map((p) => expect.closeTo(p, 6)));
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("a temperature of %d is refused", (temperature) => {
  const logits = createTensor("float32", [1, 2], Float32Array.of(0, 1));
  expect(() => probabilitiesOf(logits, temperature)).toThrow(ConfigError);
  expect(() => probabilitiesOf(logits, temperature)).toThrow(
    `probabilitiesOf, temperature: expected a number above 0, got ${temperature}.`,
  );
});
