import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lossOf, quadratic, rosenbrock } from "../../test/support/loss-functions.ts";
import { createLbfgs, type EvaluateLoss, type LbfgsPoint } from "./lbfgs.ts";
import { minimize } from "./minimize.ts";
import { dot } from "./vectors.ts";

/** Two clouds that overlap, with an L2 penalty; deterministic. */
const PICTURES = Array.from({ length: 40 }, (_, n) => ({
  features: [Math.sin(n * 12.9898) + (n % 2), Math.cos(n * 78.233) - (n % 2), 1],
  sign: n % 2 === 0 ? 1 : -1,
}));
const PENALTY = 0.01;
const logisticRegression = lossOf(
  (w) =>
    PICTURES.reduce((sum, { features, sign }) => sum + Math.log1p(Math.exp(-sign * inner(features, w))), 0) +
    (PENALTY / 2) * inner(w, w),
  (w) =>
    w.map((weight, i) =>
      PICTURES.reduce(
        (sum, { features, sign }) =>
          sum - (sign * (features[i] ?? 0)) / (1 + Math.exp(sign * inner(features, w))),
        PENALTY * weight,
      ),
    ),
);

function inner(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** Points after each step, the start first. */
async function path(start: Float32Array, evaluate: EvaluateLoss, steps: number): Promise<LbfgsPoint[]> {
  const lbfgs = createLbfgs(start);
  await lbfgs.step(evaluate, 0);
  const points = [lbfgs.point as LbfgsPoint];
  for (let step = 0; step < steps; step++) {
    if (!(await lbfgs.step(evaluate, 20))) break;
    if (lbfgs.iterations === points.length) points.push(lbfgs.point as LbfgsPoint);
  }
  return points;
}

/** Both conditions with c1 = 1e-4 and c2 = 0.9, along the step that was taken. */
function expectStrongWolfe(points: readonly LbfgsPoint[]): void {
  points.slice(1).forEach((to, index) => {
    const from = points[index] as LbfgsPoint;
    const step = to.x.map((value, i) => value - (from.x[i] ?? 0));
    const [before, after] = [dot(from.gradient, step), dot(to.gradient, step)];
    expect(before).toBeLessThan(0);
    // The point is rounded to float32, which turns the step by that much.
    expect(to.loss).toBeLessThanOrEqual(from.loss + 0.9e-4 * before);
    expect(Math.abs(after)).toBeLessThanOrEqual(-0.901 * before);
  });
}

describe("finds the minimum", () => {
  test("of quadratics in n dimensions, in about n steps, to float32's last digits", async () => {
    for (const n of [1, 2, 3, 5, 10, 20]) {
      const evaluate = quadratic(Array.from({ length: n }, (_, i) => 1 + i));
      const lbfgs = createLbfgs(new Float32Array(n).fill(20), { history: n });
      const { loss } = await evaluate(new Float32Array(n).fill(20));
      await minimize(lbfgs, evaluate, { maxEvaluations: 200, gradientTolerance: 1e-5 * n });
      // With exact line searches n steps would do (conjugate gradients); ours accepts any point that meets the conditions.
      expect(lbfgs.iterations).toBeLessThanOrEqual(n + 8);
      expect(lbfgs.evaluations).toBeLessThanOrEqual(n + 12);
      expect(lbfgs.point?.loss).toBeLessThan(1e-12 * loss);
    }
  });

  test("of a quadratic whose curvatures span six decades", async () => {
    const lbfgs = createLbfgs(new Float32Array(6).fill(-3));
    const evaluate = quadratic([1e-3, 1e-2, 1e-1, 1, 1e2, 1e3]);
    await minimize(lbfgs, evaluate, { maxEvaluations: 300 });
    expect(lbfgs.point?.loss).toBeLessThan(1e-6);
  });

  test("of Rosenbrock's valley", async () => {
    const lbfgs = createLbfgs(Float32Array.of(-1.2, 1));
    const status = await minimize(lbfgs, rosenbrock, { maxEvaluations: 100, gradientTolerance: 1e-3 });
    expect(status).toBe("gradient");
    expect(lbfgs.point?.x[0]).toBeCloseTo(1, 3);
    expect(lbfgs.point?.x[1]).toBeCloseTo(1, 3);
    expect(lbfgs.evaluations).toBeLessThanOrEqual(60);
  });

  test("of a logistic regression, where Newton's method finds it", async () => {
    const lbfgs = createLbfgs(new Float32Array(3));
    await minimize(lbfgs, logisticRegression, { maxEvaluations: 60, gradientTolerance: 1e-4 });
    // A minimum of a strictly convex function: the gradient in float64 vanishes there and nowhere else.
    const { gradient } = await logisticRegression(lbfgs.point?.x ?? new Float32Array(3));
    expect(Math.hypot(...gradient)).toBeLessThan(1e-4);
    expect(lbfgs.evaluations).toBeLessThan(25);
  });
});

describe("each step meets the strong Wolfe conditions", () => {
  test("on the way to known minima", async () => {
    const points = await path(Float32Array.of(-1.2, 1), rosenbrock, 25);
    expect(points.length).toBeGreaterThan(20);
    expectStrongWolfe(points);
    expectStrongWolfe(await path(new Float32Array(3), logisticRegression, 8));
  });

  test("on any sum of waves in a bowl, from anywhere", async () => {
    const number = fc.double({ min: -3, max: 3, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 6 }),
        async (axes) => {
          const evaluate = lossOf(
            (x) =>
              x.reduce(
                (sum, v, i) => sum + v * v + (axes[i]?.[0] ?? 0) * Math.sin(2 * v + (axes[i]?.[1] ?? 0)),
                0,
              ),
            (x) => x.map((v, i) => 2 * v + 2 * (axes[i]?.[0] ?? 0) * Math.cos(2 * v + (axes[i]?.[1] ?? 0))),
          );
          // Far enough from the minimum that float32 points do not decide.
          const points = await path(
            Float32Array.from(axes, ([, , start]) => start * 3),
            evaluate,
            10,
          );
          const above = points.filter(({ gradient }) => Math.hypot(...gradient) > 1e-2);
          expectStrongWolfe(above);
        },
      ),
    );
  });
});

test("the first step has the length asked for", async () => {
  const lbfgs = createLbfgs(Float32Array.of(10, 10), { firstStep: 0.5 });
  await lbfgs.step(quadratic([1, 1]), 1);
  const { x } = lbfgs.point as LbfgsPoint;
  expect(Math.hypot((x[0] ?? 0) - 10, (x[1] ?? 0) - 10)).toBeCloseTo(0.5, 5);
});

test("counts evaluations, steps and the last decrease", async () => {
  let calls = 0;
  const counted: EvaluateLoss = (x) => {
    calls += 1;
    return rosenbrock(x);
  };
  const lbfgs = createLbfgs(Float32Array.of(-1.2, 1));
  expect(lbfgs).toMatchObject({ point: undefined, evaluations: 0, iterations: 0, decrease: undefined });
  expect(await lbfgs.step(counted, 0)).toBe(true);
  expect(lbfgs).toMatchObject({ evaluations: 1, iterations: 0, decrease: undefined });
  const before = lbfgs.point?.loss ?? Number.NaN;
  expect(await lbfgs.step(counted, 20)).toBe(true);
  expect(lbfgs.iterations).toBe(1);
  expect(lbfgs.decrease).toBe(before - (lbfgs.point?.loss ?? 0));
  expect(lbfgs.evaluations).toBe(calls);
});

test("takes at most as many evaluations as it may", async () => {
  for (const limit of [1, 2, 3]) {
    const lbfgs = createLbfgs(Float32Array.of(-1.2, 1), { firstStep: 100, maxLineEvaluations: 3 });
    await lbfgs.step(rosenbrock, limit);
    expect(lbfgs.evaluations).toBe(1 + limit);
  }
});

test("a step cut short keeps the curvature, and is not stuck", async () => {
  const lbfgs = createLbfgs(Float32Array.of(-1.2, 1));
  for (let step = 0; step < 3; step++) await lbfgs.step(rosenbrock, 20);
  const before = Object.keys(lbfgs.state());
  expect(before).toContain("lbfgs.s.0");
  expect(await lbfgs.step(rosenbrock, 0)).toBe(true);
  expect(Object.keys(lbfgs.state())).toEqual(before);
});

test("does not hold on to arrays of the caller", async () => {
  const start = Float32Array.of(-1.2, 1);
  const buffer = new Float32Array(2);
  const reusing: EvaluateLoss = async (x) => {
    const { loss, gradient } = await rosenbrock(x);
    buffer.set(gradient);
    return { loss, gradient: buffer };
  };
  const [one, other] = [createLbfgs(start), createLbfgs(start)];
  start.fill(0);
  for (let step = 0; step < 5; step++) {
    await one.step(rosenbrock, 20);
    await other.step(reusing, 20);
  }
  expect(other.state()).toEqual(one.state());
  expect(one.point?.loss).toBeLessThan(5);
});

test("refuses options out of their range", () => {
  const start = new Float32Array(1);
  expect(() => createLbfgs(start, { history: 0 })).toThrow(
    "L-BFGS, history: expected a whole number from 1, got 0.",
  );
  expect(() => createLbfgs(start, { firstStep: 0 })).toThrow(
    "L-BFGS, firstStep: expected more than 0, got 0.",
  );
  expect(() => createLbfgs(start, { maxLineEvaluations: 1.5 })).toThrow(
    "L-BFGS, maxLineEvaluations: expected a whole number from 1, got 1.5.",
  );
});
