import { afterAll, describe, expect, test } from "vitest";
import { countingRuntime } from "../../test/support/counting-runtime.ts";
import {
  movedParameters,
  SMALL_LOSS_WEIGHTS,
  smallFeatures,
  smallObjective,
} from "../../test/support/small-lamm.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { takeWhole } from "./feature-set.ts";

const runtime = createNodeRuntime({ threads: 1 });
const batch = takeWhole(smallFeatures());
const objectives = [
  ["one chunk", smallObjective(runtime)],
  ["several chunks", smallObjective(runtime, { maxRows: 1 })],
] as const;
afterAll(async () => {
  for (const [, objective] of objectives) await objective.release();
});

describe.each(objectives)("an objective of %s", (_, objective) => {
  test("its gradient is that of its loss", async () => {
    const parameters = movedParameters(objective);
    const { gradients } = await objective.evaluate(parameters, batch);
    const values = parameters.token_classes as Float32Array;
    const gradient = gradients.token_classes as Float32Array;
    // Along the gradient the loss changes most, which is what float32 losses can resolve.
    const length = Math.hypot(...gradient);
    const lossAt = async (distance: number) => {
      const moved = values.map((value, i) => value + (distance * (gradient[i] as number)) / length);
      return (await objective.evaluate({ token_classes: moved }, batch)).loss;
    };
    const step = 0.01;
    const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
    expect(Math.abs(slope - length)).toBeLessThan(0.01 * length);
  });

  test("its loss is the weighted sum of its parts", async () => {
    const { loss, parts } = await objective.evaluate(movedParameters(objective), batch);
    const { parameters: l1, features: l2, logits: l3 } = SMALL_LOSS_WEIGHTS;
    expect(loss).toBeCloseTo(parts.ce + l1 * parts.wc + l2 * parts.cos + l3 * parts.kd, 4);
    for (const part of Object.values(parts)) expect(part).toBeGreaterThan(0.001);
  });

  test("at the start nothing has moved, and the features are the original ones", async () => {
    const start = Object.fromEntries(
      objective.method.parameters.map(({ name, initial }) => [name, initial.data]),
    );
    const { parts } = await objective.evaluate(start, batch);
    expect(parts.wc).toBe(0);
    expect(Math.abs(parts.cos)).toBeLessThan(1e-6);
    expect(await objective.encode(start)).toEqual(await objective.originalFeatures());
  });

  test("its features have length 1", async () => {
    const { data, shape } = await objective.encode(movedParameters(objective));
    expect(shape).toEqual([3, 6]);
    for (let c = 0; c < 3; c++) {
      expect(Math.hypot(...data.subarray(6 * c, 6 * c + 6))).toBeCloseTo(1, 6);
    }
  });

  test("counts passes of evaluations, and of nothing else", async () => {
    const parameters = movedParameters(objective);
    const before = objective.passes;
    await objective.encode(parameters);
    await objective.originalFeatures();
    expect(objective.passes).toBe(before);
    await objective.evaluate(parameters, batch);
    await objective.evaluate(parameters, batch);
    expect(objective.passes).toBe(before + 2);
  });

  test("takes batches of any size, one after the other, with the same result", async () => {
    const parameters = movedParameters(objective);
    const first = await objective.evaluate(parameters, batch);
    const small = await objective.evaluate(parameters, takeWhole(smallFeatures({ pictures: 2 })));
    expect(small.loss).not.toBe(first.loss);
    expect(await objective.evaluate(parameters, batch)).toEqual(first);
  });

  test("changes neither its parameters nor an evaluation that it gave before", async () => {
    const parameters = movedParameters(objective);
    const kept = parameters.token_classes?.slice();
    const first = await objective.evaluate(parameters, batch);
    const gradient = first.gradients.token_classes?.slice();
    const others = movedParameters(objective, 2);
    await objective.evaluate(others, batch);
    expect(parameters.token_classes).toEqual(kept);
    expect(first.gradients.token_classes).toEqual(gradient);
  });
});

test.each([
  ["parameters", "wc"],
  ["features", "cos"],
  ["logits", "kd"],
] as const)("without a weight for %s the loss is the other parts'", async (weight, part) => {
  for (const maxRows of [1, 1000]) {
    const lossWeights = { ...SMALL_LOSS_WEIGHTS, [weight]: 0 };
    const objective = smallObjective(runtime, { lossWeights, maxRows });
    const { loss, parts } = await objective.evaluate(movedParameters(objective), batch);
    const { parameters, features, logits } = lossWeights;
    expect(loss).toBeCloseTo(parts.ce + parameters * parts.wc + features * parts.cos + logits * parts.kd, 4);
    expect(parts[part]).toBeGreaterThan(0.001);
    await objective.release();
  }
});

describe("the engine", () => {
  test.each([
    [1000, 2, [2, 1]],
    // Three chunks: features of each, the head, and each back.
    [1, 3, [10, 7]],
  ])("with at most %i rows loads %i graphs once, and frees them", async (maxRows, graphs, runs) => {
    const { counts, counting } = countingRuntime(runtime);
    const objective = smallObjective(counting, { maxRows });
    const parameters = movedParameters(objective);
    for (const expected of runs) {
      counts.runs = 0;
      await objective.evaluate(parameters, batch);
      expect(counts).toEqual({ loaded: graphs, held: graphs, runs: expected });
    }
    await objective.release();
    expect(counts.held).toBe(0);
    await objective.release();
    expect(counts.held).toBe(0);
  });

  test("is asked again after a release", async () => {
    const { counts, counting } = countingRuntime(runtime);
    const objective = smallObjective(counting);
    const parameters = movedParameters(objective);
    const first = await objective.evaluate(parameters, batch);
    await objective.release();
    expect(await objective.evaluate(parameters, batch)).toEqual(first);
    await objective.release();
    expect(counts.held).toBe(0);
  });

  test("that refuses a graph is heard, may be asked again, and the objective can be released", async () => {
    const { counts, counting } = countingRuntime(runtime);
    let refuses = false;
    const failing: Runtime = {
      ...counting,
      load: (model, options) =>
        refuses ? Promise.reject(new Error("out of memory")) : counting.load(model, options),
    };
    const objective = smallObjective(failing);
    const parameters = movedParameters(objective);
    await objective.encode(parameters);
    refuses = true;
    await expect(objective.evaluate(parameters, batch)).rejects.toThrow("out of memory");
    refuses = false;
    expect(Number.isFinite((await objective.evaluate(parameters, batch)).loss)).toBe(true);
    refuses = true;
    await expect(objective.evaluate(parameters, takeWhole(smallFeatures({ pictures: 2 })))).rejects.toThrow(
      "out of memory",
    );
    await objective.release();
    expect(counts.held).toBe(0);
  });
});
