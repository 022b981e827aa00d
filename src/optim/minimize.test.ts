import { describe, expect, test } from "vitest";
import { createLbfgs, type EvaluateLoss, type Lbfgs } from "./lbfgs.ts";
import { type IterationReport, minimize } from "./minimize.ts";

/** `sum_i (1 + i) x_i^2 / 2 + 10`. */
const bowl: EvaluateLoss = async (x) => ({
  loss: 10 + x.reduce((sum, value, i) => sum + ((1 + i) * value * value) / 2, 0),
  gradient: x.map((value, i) => (1 + i) * value),
});

function createBowlMinimizer(): Lbfgs {
  return createLbfgs(Float32Array.of(8, -4, 2, 6));
}

describe("ends", () => {
  test("where the gradient is small enough", async () => {
    const lbfgs = createBowlMinimizer();
    expect(await minimize(lbfgs, bowl, { maxEvaluations: 100, gradientTolerance: 0.1 })).toBe("gradient");
    expect(Math.hypot(...(lbfgs.point?.gradient ?? []))).toBeLessThanOrEqual(0.1);
    expect(lbfgs.iterations).toBeGreaterThan(1);
  });

  test("at the start, where its gradient is", async () => {
    const lbfgs = createBowlMinimizer();
    expect(await minimize(lbfgs, bowl, { maxEvaluations: 100, gradientTolerance: 100 })).toBe("gradient");
    expect(lbfgs).toMatchObject({ evaluations: 1, iterations: 0 });
  });

  test("after the first step that lowers the loss by no more than the tolerance, relative to it", async () => {
    const decreases: number[] = [];
    const lbfgs = createBowlMinimizer();
    const onIteration = () => decreases.push((lbfgs.decrease ?? 0) / (lbfgs.point?.loss ?? 0));
    expect(await minimize(lbfgs, bowl, { maxEvaluations: 100, lossTolerance: 1e-3, onIteration })).toBe(
      "loss",
    );
    expect(decreases.pop()).toBeLessThanOrEqual(1e-3);
    expect(decreases.length).toBeGreaterThan(1);
    for (const decrease of decreases) expect(decrease).toBeGreaterThan(1e-3);
  });

  test.each([1, 2, 5])("after %s evaluations", async (maxEvaluations) => {
    const lbfgs = createBowlMinimizer();
    expect(await minimize(lbfgs, bowl, { maxEvaluations })).toBe("evaluations");
    expect(lbfgs.evaluations).toBe(maxEvaluations);
  });

  test("where nothing lower is to be found", async () => {
    const flattened: EvaluateLoss = async (x) => ({ ...(await bowl(x)), loss: 10 });
    expect(await minimize(createBowlMinimizer(), flattened, { maxEvaluations: 100 })).toBe("stuck");
  });

  test("where the callback says false, and not where it says nothing", async () => {
    const lbfgs = createBowlMinimizer();
    const onIteration = ({ iteration }: IterationReport) => (iteration === 3 ? false : undefined);
    expect(await minimize(lbfgs, bowl, { maxEvaluations: 100, onIteration })).toBe("callback");
    expect(lbfgs.iterations).toBe(3);
  });
});

test("reports each step once", async () => {
  const reports: IterationReport[] = [];
  const lbfgs = createBowlMinimizer();
  await minimize(lbfgs, bowl, {
    maxEvaluations: 100,
    gradientTolerance: 1e-3,
    onIteration: (report) => {
      reports.push(report);
    },
  });
  expect(reports.map(({ iteration }) => iteration)).toEqual(reports.map((_, index) => index + 1));
  for (const { x, loss, gradientNorm } of reports) {
    const exact = await bowl(x);
    expect(loss).toBe(exact.loss);
    expect(gradientNorm).toBeCloseTo(Math.hypot(...exact.gradient), 10);
  }
  expect(reports.at(-1)).toMatchObject({ evaluations: lbfgs.evaluations, x: lbfgs.point?.x });
});

test("stopped by the callback after any step and resumed, it ends as if it had not been", async () => {
  const options = { maxEvaluations: 100, gradientTolerance: 1e-3, lossTolerance: 1e-7 };
  const whole = createBowlMinimizer();
  const status = await minimize(whole, bowl, options);
  for (let stop = 1; stop <= whole.iterations; stop++) {
    const first = createBowlMinimizer();
    await minimize(first, bowl, { ...options, onIteration: ({ iteration }) => iteration < stop });
    const second = createBowlMinimizer();
    second.restore(structuredClone(first.state()));
    expect(await minimize(second, bowl, options)).toBe(status);
    expect(second.state()).toEqual(whole.state());
  }
});

test("run again at its end, it does nothing", async () => {
  const options = { maxEvaluations: 100, lossTolerance: 1e-3 };
  const lbfgs = createBowlMinimizer();
  await minimize(lbfgs, bowl, options);
  const { evaluations } = lbfgs;
  expect(await minimize(lbfgs, bowl, options)).toBe("loss");
  expect(lbfgs.evaluations).toBe(evaluations);
});

test("refuses options out of their range", async () => {
  const run = (options: Parameters<typeof minimize>[2]) => minimize(createBowlMinimizer(), bowl, options);
  await expect(run({ maxEvaluations: 0 })).rejects.toThrow(
    "minimize, maxEvaluations: expected 1 or more, got 0.",
  );
  await expect(run({ maxEvaluations: 1, gradientTolerance: -1 })).rejects.toThrow(
    "minimize, gradientTolerance: expected a number from 0, got -1.",
  );
  await expect(run({ maxEvaluations: 1, lossTolerance: Number.NaN })).rejects.toThrow(
    "minimize, lossTolerance: expected a number from 0, got NaN.",
  );
});
