import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { movedParameters, smallFeatures } from "../../test/support/small-lamm.ts";
import {
  defaultCases,
  smallBatch,
  smallMethod,
  smallMethodObjective,
} from "../../test/support/small-prompt-method.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { featureBatches } from "../training/feature-set.ts";
import { createPublishedTrainer } from "../training/published-trainer.ts";
import { freezeParameters } from "./freeze-parameters.ts";
import type { PromptMethod } from "./method.ts";

const runtime = createNodeRuntime({ threads: 1 });

/** Values of everything that all classes share, as the frozen parameters of a further training. */
function sharedValues({ parameters }: PromptMethod, moved: Readonly<Record<string, Float32Array>>) {
  const shared = parameters.filter(({ rowsOfClass }) => rowsOfClass === undefined);
  const entries = shared.map(({ name, initial }) => [
    name,
    createTensor("float32", initial.shape, moved[name] as Float32Array),
  ]);
  return Object.fromEntries(entries) as Record<string, Tensor<"float32">>;
}

describe.each(defaultCases.map(([, name]) => name).filter((name) => name.endsWith("+lamm")))(
  "%s with all that classes share frozen",
  (name) => {
    const small = smallMethod({ method: name });
    const batch = smallBatch(small.method);

    test("trains the class names alone", () => {
      const values = sharedValues(small.method, movedParameters({ method: small.method }));
      const { parameters } = freezeParameters(small.method, values);
      expect(parameters.map((parameter) => parameter.name)).toEqual(["token_classes"]);
    });

    test.each([1, 1000])(
      "has the loss and the gradient that it has unfrozen, at most %i rows",
      async (maxRows) => {
        const whole = smallMethodObjective(runtime, small, { maxRows });
        const parameters = movedParameters(whole);
        const method = freezeParameters(small.method, sharedValues(small.method, parameters));
        const frozen = smallMethodObjective(runtime, { ...small, method }, { maxRows });
        const expected = await whole.evaluate(parameters, batch);
        const { token_classes: tokens = new Float32Array() } = parameters;
        const found = await frozen.evaluate({ token_classes: tokens }, batch);
        const numbers = ({ parts }: typeof found) => {
          return { shape: [3], data: [parts.ce, parts.cos, parts.kd] };
        };
        checkCloseToLargest(numbers(found), numbers(expected), FLOAT32_CHAIN, "parts");
        const vector = ({ gradients }: typeof found) => {
          const { token_classes: data = new Float32Array() } = gradients;
          return { shape: [data.length], data };
        };
        checkCloseToLargest(vector(found), vector(expected), FLOAT32_CHAIN, "gradient");
        expect(Object.keys(found.gradients)).toEqual(["token_classes"]);
        await whole.release();
        await frozen.release();
      },
    );
  },
);

describe("a frozen context", () => {
  const small = smallMethod({ method: "coop+lamm" });
  const context = movedParameters({ method: small.method }).ctx as Float32Array;
  const values = { ctx: createTensor("float32", [2, 8], context) };
  const data = featureBatches(smallFeatures());
  const options = { seed: 1, epochs: 2, batchSize: 3 };

  test("is the same to the bit after training, which moves the class names", async () => {
    const before = context.slice();
    const method = freezeParameters(small.method, values);
    const objective = smallMethodObjective(runtime, { ...small, method });
    const trainer = createPublishedTrainer(objective, data, options);
    const start = structuredClone(trainer.parameters);
    while (!trainer.isDone) await trainer.runEpoch();
    expect(Object.keys(trainer.parameters)).toEqual(["token_classes"]);
    expect(trainer.parameters.token_classes).not.toEqual(start.token_classes);
    expect(context).toEqual(before);
    await objective.release();
  });

  test("gives the text features of the same context as a parameter", async () => {
    const method = freezeParameters(small.method, values);
    const parameters = movedParameters({ method: small.method });
    const frozen = smallMethodObjective(runtime, { ...small, method });
    const whole = smallMethodObjective(runtime, small);
    const expected = await whole.encode(parameters);
    const { token_classes: tokens = new Float32Array() } = parameters;
    checkCloseToLargest(await frozen.encode({ token_classes: tokens }), expected, FLOAT32_CHAIN);
    await frozen.release();
    await whole.release();
  });

  test("makes the original prompts constant: they are encoded once", async () => {
    const method = freezeParameters(small.method, values);
    const frozen = smallMethodObjective(runtime, { ...small, method });
    const whole = smallMethodObjective(runtime, small);
    const { anchor } = small.method.parameters[1] as (typeof small.method.parameters)[0];
    const expected = await whole.encode({ ctx: context, token_classes: anchor?.data as Float32Array });
    const found = await frozen.originalFeatures();
    checkCloseToLargest(found as Tensor, expected, FLOAT32_CHAIN);
    expect(await frozen.originalFeatures()).toBe(found);
    expect(await whole.originalFeatures()).toBeUndefined();
    await frozen.release();
    await whole.release();
  });

  test("leaves CoOp nothing to train", () => {
    const coop = smallMethod({ method: "coop" });
    const method = freezeParameters(coop.method, values);
    expect(method.parameters).toEqual([]);
  });

  test("that belongs to classes stays as it is learned, for other classes have other rows", () => {
    const own = smallMethod({ method: "coop", options: { classContext: true } });
    const initial = own.method.parameters[0]?.initial as Tensor<"float32">;
    expect(freezeParameters(own.method, { ctx: initial }).parameters).toEqual(own.method.parameters);
  });

  test("of names that the method does not have changes nothing", () => {
    const { parameters } = freezeParameters(small.method, { nothing: values.ctx });
    expect(parameters).toEqual(small.method.parameters);
  });
});
