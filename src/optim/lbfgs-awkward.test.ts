import { describe, expect, test } from "vitest";
import { lossOf, quadratic } from "../../test/support/loss-functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { createLbfgs, type EvaluateLoss } from "./lbfgs.ts";
import { minimize } from "./minimize.ts";

describe("awkward functions", () => {
  test("shrinks steps that lead where there is no number", async () => {
    // Defined for x < 1 only; the minimum is at 0.9.
    const barrier = lossOf(
      ([x = 0]) => (x < 1 ? -x - 0.1 * Math.log(1 - x) : Number.NaN),
      ([x = 0]) => [x < 1 ? -1 + 0.1 / (1 - x) : Number.NaN],
    );
    const lbfgs = createLbfgs(Float32Array.of(-5), { firstStep: 1000 });
    await minimize(lbfgs, barrier, { maxEvaluations: 60, gradientTolerance: 1e-4 });
    expect(lbfgs.point?.x[0]).toBeCloseTo(0.9, 4);
  });

  test("refuses a start where there is no number", async () => {
    const nowhere = lossOf(
      () => Number.NaN,
      () => [0],
    );
    await expect(createLbfgs(Float32Array.of(1)).step(nowhere, 5)).rejects.toThrow(
      "L-BFGS: expected a finite loss with a finite gradient at the start, got a loss of NaN.",
    );
    const steep = lossOf(
      () => 1,
      () => [Number.POSITIVE_INFINITY],
    );
    await expect(createLbfgs(Float32Array.of(1)).step(steep, 5)).rejects.toThrow(
      "got a gradient that is not.",
    );
  });

  test("starts again from the gradient where the curvature gives no descent", async () => {
    const lbfgs = createLbfgs(Float32Array.of(4, 4));
    await lbfgs.step(quadratic([1, 1]), 20);
    const state = lbfgs.state();
    // A pair with negative curvature, which no step would have left, turns the direction uphill.
    const uphill: Record<string, Tensor> = {
      ...state,
      "lbfgs.s.0": { dtype: "float32", shape: [2], data: Float32Array.of(1, 1) },
      "lbfgs.y.0": { dtype: "float32", shape: [2], data: Float32Array.of(-1, -1) },
    };
    lbfgs.restore(uphill);
    const before = lbfgs.point?.loss ?? Number.NaN;
    expect(await lbfgs.step(quadratic([1, 1]), 20)).toBe(true);
    expect(lbfgs.point?.loss).toBeLessThan(before);
  });

  test("does nothing at a minimum", async () => {
    const lbfgs = createLbfgs(Float32Array.of(0, 1));
    expect(await lbfgs.step(quadratic([1, 1]), 20)).toBe(false);
    expect(lbfgs).toMatchObject({ isStuck: true, iterations: 0, evaluations: 1 });
    expect(await lbfgs.step(quadratic([1, 1]), 20)).toBe(false);
    expect(lbfgs.evaluations).toBe(1);
  });

  test("is stuck, and soon, where the gradient lies", async () => {
    const lying = lossOf(
      ([x = 0]) => x * x,
      ([x = 0]) => [-2 * x],
    );
    const lbfgs = createLbfgs(Float32Array.of(1));
    expect(await lbfgs.step(lying, 1000)).toBe(false);
    expect(lbfgs.isStuck).toBe(true);
    expect(lbfgs.evaluations).toBeLessThanOrEqual(11);
    expect(lbfgs.point?.x).toEqual(Float32Array.of(1));
  });

  test("accepts no step that leaves the loss as it was", async () => {
    // Sufficient decrease is less than float64 resolves here: 1e20 - 1e-4 is 1e20.
    const far = lossOf(
      ([x = 0]) => 1e20 + x,
      () => [1],
    );
    const lbfgs = createLbfgs(Float32Array.of(1));
    expect(await lbfgs.step(far, 20)).toBe(false);
    expect(lbfgs).toMatchObject({ isStuck: true, iterations: 0 });
  });

  test("gets to the floor of a float32 loss, and ends there", async () => {
    const n = 30;
    const exact = quadratic(Array.from({ length: n }, (_, i) => 0.5 + (i % 7)));
    const rounded: EvaluateLoss = async (x) => {
      const { loss, gradient } = await exact(x);
      return { loss: Math.fround(1000 + loss), gradient };
    };
    const lbfgs = createLbfgs(new Float32Array(n).fill(3));
    expect(await minimize(lbfgs, rounded, { maxEvaluations: 10_000 })).toBe("stuck");
    expect(lbfgs.evaluations).toBeLessThan(100);
    // Float32 numbers near 1000 are 6e-5 apart.
    expect(lbfgs.point?.loss).toBeLessThanOrEqual(1000 + 1.3e-4);
  });
});
