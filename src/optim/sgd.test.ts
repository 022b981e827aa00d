import fc from "fast-check";
import { expect, test } from "vitest";
import { createSgd, type SgdOptions } from "./sgd.ts";

/** PyTorch's formulas in float64. */
function reference(
  start: number,
  gradients: readonly number[],
  learningRate: number,
  options: SgdOptions,
): number {
  let p = start;
  let v: number | undefined;
  for (const g of gradients) {
    const d = g + options.weightDecay * p;
    v = v === undefined ? d : options.momentum * v + d;
    p -= learningRate * (options.nesterov ? d + options.momentum * v : v);
  }
  return p;
}

function run(start: number, gradients: readonly number[], learningRate: number, options: SgdOptions): number {
  const sgd = createSgd(options);
  const parameters = { p: Float32Array.of(start) };
  for (const gradient of gradients) sgd.step(parameters, { p: Float32Array.of(gradient) }, learningRate);
  return parameters.p[0] as number;
}

test("follows the formulas of PyTorch's documentation", () => {
  // d = 1 + 0.5 * 2 = 2, v = 2, p = 2 - 0.25 * 2 = 1.5; d = 1 + 0.75, v = 0.5 * 2 + 1.75 = 2.75, p = 1.5 - 0.6875.
  expect(run(2, [1, 1], 0.25, { momentum: 0.5, weightDecay: 0.5 })).toBe(0.8125);
  // d = 1 + 0.40625, v = 0.5 * 2.75 + 1.40625 = 2.78125, p = 0.8125 - 0.6953125.
  expect(run(2, [1, 1, 1], 0.25, { momentum: 0.5, weightDecay: 0.5 })).toBe(0.1171875);
  // The first velocity is the gradient itself, so that Nesterov's first step is (1 + momentum) times as long.
  expect(run(2, [1], 0.25, { momentum: 0.5, weightDecay: 0, nesterov: true })).toBe(2 - 0.25 * 1.5);
  expect(run(2, [1], 0.25, { momentum: 0.5, weightDecay: 0 })).toBe(1.75);
});

test("without momentum a step depends on its own gradient alone", () => {
  const sgd = createSgd({ momentum: 0, weightDecay: 0 });
  const parameters = { p: Float32Array.of(1) };
  sgd.step({ p: Float32Array.of(1) }, { p: Float32Array.of(Number.POSITIVE_INFINITY) }, 0.5);
  sgd.step(parameters, { p: Float32Array.of(1) }, 0.5);
  expect(parameters.p[0]).toBe(0.5);
});

test("stays within float32 rounding of float64", () => {
  const number = fc.double({ min: -10, max: 10, noNaN: true }).map(Math.fround);
  const options = fc.record({
    momentum: fc.constantFrom(0, 0.5, 0.9),
    weightDecay: fc.constantFrom(0, 5e-4, 0.1),
  });
  fc.assert(
    fc.property(
      number,
      fc.array(number, { minLength: 1, maxLength: 20 }),
      options,
      (start, gradients, settings) => {
        const nesterov = settings.momentum > 0 && gradients.length % 2 === 0;
        const actual = run(start, gradients, 0.05, { ...settings, nesterov });
        const expected = reference(start, gradients, 0.05, { ...settings, nesterov });
        // 20 steps, each of which rounds a parameter of up to 110 and a velocity of up to 100.
        expect(Math.abs(actual - expected)).toBeLessThan(20 * 210 * 6e-8);
      },
    ),
  );
});

test("changes parameters in place and gradients not at all", () => {
  const parameter = Float32Array.of(1, 2);
  const gradient = Float32Array.of(1, 1);
  createSgd({ momentum: 0.9, weightDecay: 0.5 }).step({ p: parameter }, { p: gradient }, 0.5);
  expect(parameter).toEqual(Float32Array.of(0.25, 1));
  expect(gradient).toEqual(Float32Array.of(1, 1));
});

test("refuses options out of their range", () => {
  expect(() => createSgd({ momentum: 1, weightDecay: 0 })).toThrow(
    "SGD, momentum: expected a number in [0, 1), got 1.",
  );
  expect(() => createSgd({ momentum: Number.NaN, weightDecay: 0 })).toThrow("got NaN.");
  expect(() => createSgd({ momentum: 0, weightDecay: -1 })).toThrow(
    "SGD, weightDecay: expected a number from 0, got -1.",
  );
  expect(() => createSgd({ momentum: 0, weightDecay: 0, nesterov: true })).toThrow(
    "SGD, momentum: expected more than 0 with nesterov, got 0.",
  );
});
