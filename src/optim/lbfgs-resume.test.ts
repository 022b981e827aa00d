import { describe, expect, test } from "vitest";
import { rosenbrock } from "../../test/support/loss-functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { createLbfgs } from "./lbfgs.ts";

describe("a killed run resumes with the same bits", () => {
  test.each([0, 1, 2, 7, 15])("after %s steps", async (steps) => {
    const start = Float32Array.of(-1.2, 1);
    const lbfgs = createLbfgs(start, { history: 3 });
    await lbfgs.step(rosenbrock, 0);
    for (let step = 0; step < steps; step++) await lbfgs.step(rosenbrock, 20);
    const resumed = createLbfgs(start, { history: 3 });
    resumed.restore(structuredClone(lbfgs.state()));
    for (let step = 0; step < 10; step++) {
      expect(await resumed.step(rosenbrock, 20)).toBe(await lbfgs.step(rosenbrock, 20));
      expect(resumed.state()).toEqual(lbfgs.state());
    }
    expect(Object.keys(lbfgs.state()).filter((name) => name.startsWith("lbfgs.s."))).toHaveLength(3);
  });

  test("a state is a snapshot: later steps do not change it", async () => {
    const lbfgs = createLbfgs(Float32Array.of(-1.2, 1));
    await lbfgs.step(rosenbrock, 20);
    const saved = lbfgs.state();
    const copy = structuredClone(saved);
    for (let step = 0; step < 5; step++) await lbfgs.step(rosenbrock, 20);
    expect(saved).toEqual(copy);
  });

  test("from before the first step", async () => {
    const lbfgs = createLbfgs(Float32Array.of(-1.2, 1));
    const before = lbfgs.state();
    await lbfgs.step(rosenbrock, 20);
    lbfgs.restore(before);
    expect(lbfgs).toMatchObject({ point: undefined, evaluations: 0, iterations: 0, decrease: undefined });
  });

  test("unless the state is damaged, or of a problem of another size", async () => {
    const lbfgs = createLbfgs(Float32Array.of(-1.2, 1));
    await lbfgs.step(rosenbrock, 20);
    const without = (name: string): Record<string, Tensor> => {
      const { [name]: _, ...rest } = lbfgs.state();
      return rest;
    };
    const fix = "The checkpoint is damaged or of another version; delete it and start over.";
    for (const name of ["lbfgs.evaluations", "lbfgs.loss", "lbfgs.stepLength"]) {
      expect(() => lbfgs.restore(without(name))).toThrow(
        `saved state "${name}": expected one float64 number, got nothing. ${fix}`,
      );
    }
    expect(() => lbfgs.restore(without("lbfgs.gradient"))).toThrow(
      `saved state "lbfgs.gradient": expected a float32 vector, got nothing. ${fix}`,
    );
    expect(() => createLbfgs(new Float32Array(3)).restore(lbfgs.state())).toThrow(
      'saved state "lbfgs.x": expected 3 numbers, as the start has, got 2. ' +
        "The checkpoint belongs to another run; delete it and start over.",
    );
  });
});
