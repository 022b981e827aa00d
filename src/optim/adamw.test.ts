import fc from "fast-check";
import { expect, test } from "vitest";
import { readGoldenTensor } from "../../test/support/golden-tensor.ts";
import { toFloat32 } from "../tensor/to-float32.ts";
import { type AdamWOptions, createAdamW } from "./adamw.ts";

/** PyTorch's formulas in float64. */
function reference(
  start: number,
  gradients: readonly number[],
  learningRate: number,
  options: Required<Omit<AdamWOptions, "decays">>,
) {
  const { b1, b2, eps, weightDecay } = options;
  let p = start;
  let mu = 0;
  let nu = 0;
  gradients.forEach((g, index) => {
    p *= 1 - learningRate * weightDecay;
    mu = b1 * mu + (1 - b1) * g;
    nu = b2 * nu + (1 - b2) * g * g;
    const [muHat, nuHat] = [mu / (1 - b1 ** (index + 1)), nu / (1 - b2 ** (index + 1))];
    p -= (learningRate * muHat) / (Math.sqrt(nuHat) + eps);
  });
  return p;
}

function run(
  start: number,
  gradients: readonly number[],
  learningRate: number,
  options?: AdamWOptions,
): number {
  const adamW = createAdamW(options);
  const parameters = { p: Float32Array.of(start) };
  for (const gradient of gradients) adamW.step(parameters, { p: Float32Array.of(gradient) }, learningRate);
  return parameters.p[0] as number;
}

test.each(["logit_scale", "text_projection", "visual.proj", "visual.conv1.weight"])(
  "takes PyTorch's first step of %s, to the bit",
  (name) => {
    const parameter = toFloat32(readGoldenTensor("clip-vit.openai", name)).slice();
    const gradient = toFloat32(readGoldenTensor("contrastive", `grad.${name}`));
    const adamW = createAdamW({ b1: 0.9, b2: 0.98, eps: 1e-6, weightDecay: 0.2 });
    adamW.step({ [name]: parameter }, { [name]: gradient }, 5e-4);
    expect(parameter).toEqual(toFloat32(readGoldenTensor("contrastive", `adamw1.${name}`)));
  },
);

test("stays within float32 rounding of float64 over many steps", () => {
  const number = fc.double({ min: -10, max: 10, noNaN: true }).map(Math.fround);
  // Far from eps, where the step would hang on the last bits of tiny moments.
  const gradient = number.filter((value) => Math.abs(value) > 1e-2);
  fc.assert(
    fc.property(number, fc.array(gradient, { minLength: 1, maxLength: 30 }), (start, gradients) => {
      const options = { b1: 0.9, b2: 0.98, eps: 1e-6, weightDecay: 0.2 };
      const deviation = run(start, gradients, 0.01, options) - reference(start, gradients, 0.01, options);
      // 30 steps, each of which rounds a parameter of about 10 by up to 5e-7.
      expect(Math.abs(deviation)).toBeLessThan(30 * 1e-6);
    }),
  );
});

test("the first step is as long as the learning rate, whatever the gradient", () => {
  for (const gradient of [1e-3, 1, 1e6])
    expect(run(0, [gradient], 0.125, { weightDecay: 0 })).toBeCloseTo(-0.125, 5);
});

test("decays by the learning rate's share, apart from the gradient", () => {
  expect(run(2, [0], 0.5, { weightDecay: 0.25 })).toBe(2 * (1 - 0.125));
});

test("counts the steps of each parameter apart", () => {
  const adamW = createAdamW();
  const gradients = { late: Float32Array.of(1), early: Float32Array.of(1) };
  const early = Float32Array.of(1);
  for (let step = 0; step < 5; step++) adamW.step({ early }, gradients, 0.1);
  const late = Float32Array.of(1);
  adamW.step({ early, late }, gradients, 0.1);
  expect(late[0]).toBe(run(1, [1], 0.1));
  expect(adamW.state()["steps.early"]?.data).toEqual(Float64Array.of(6));
  expect(adamW.state()["steps.late"]?.data).toEqual(Float64Array.of(1));
});

test("refuses options out of their range", () => {
  expect(() => createAdamW({ b1: 1 })).toThrow("AdamW, b1: expected a number in [0, 1), got 1.");
  expect(() => createAdamW({ b2: -0.1 })).toThrow("AdamW, b2: expected a number in [0, 1), got -0.1.");
  expect(() => createAdamW({ eps: 0 })).toThrow("AdamW, eps: expected more than 0, got 0.");
  expect(() => createAdamW({ weightDecay: -1 })).toThrow(
    "AdamW, weightDecay: expected a number from 0, got -1.",
  );
});

test("refuses a count of steps that is not a number", () => {
  const state = { "steps.p": { dtype: "float64", shape: [2], data: Float64Array.of(1, 2) } } as const;
  expect(() => createAdamW().restore(state)).toThrow(
    'saved state "steps.p": expected one float64 number, got float64 [2].',
  );
});
