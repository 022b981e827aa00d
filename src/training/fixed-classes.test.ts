import { expect, test } from "vitest";
import {
  movedParameters,
  SMALL_LOGIT_SCALE,
  smallFeatures,
  smallLamm,
  smallObjective,
  smallPrompts,
} from "../../test/support/small-lamm.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { sliceRows } from "../tensor/slice-rows.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { takeWhole } from "./feature-set.ts";
import { PromptObjective } from "./prompt-objective.ts";

const runtime = createNodeRuntime({ threads: 1 });
const nameLengths = [1, 1, 1];
const lossWeights = { parameters: 0, features: 0.7, logits: 0, temperature: 2 };

test("beside fixed classes the loss and the gradient of a class are those that it has among trained ones", async () => {
  const whole = smallObjective(runtime, { nameLengths, lossWeights });
  const parameters = movedParameters(whole);
  const { features } = smallFeatures({ classes: 3, pictures: 5 });
  // All pictures are of the last class.
  const everything = await whole.evaluate(parameters, takeWhole({ features, labels: [2, 2, 2, 2, 2] }));
  const learned = await whole.encode(parameters);

  const prompts = smallPrompts(nameLengths);
  const last = { ...prompts, suffixIds: prompts.suffixIds.slice(2), nameLengths: [1] };
  const { tower, method } = smallLamm({ prompts: last });
  const width = method.parameters[0]?.initial.data.length ?? 0;
  const tokens = (parameters.token_classes as Float32Array).slice(2 * width);
  const alone = new PromptObjective({
    runtime,
    tower,
    method,
    lossWeights,
    logitScale: SMALL_LOGIT_SCALE,
    fixedTextFeatures: sliceRows(learned, 0, 2) as Tensor<"float32">,
  });
  const found = await alone.evaluate(
    { token_classes: tokens },
    takeWhole({ features, labels: [0, 0, 0, 0, 0] }),
  );
  expect(found.loss).toBeCloseTo(everything.loss, 5);
  const expected = (everything.gradients.token_classes as Float32Array).slice(2 * width);
  const largest = Math.max(...expected.map(Math.abs));
  found.gradients.token_classes?.forEach((value, index) => {
    expect(Math.abs(value - (expected[index] ?? 0)) / largest).toBeLessThan(1e-4);
  });
  await whole.release();
  await alone.release();
});

test("without competitors a single class has nothing to learn from cross-entropy", async () => {
  const objective = smallObjective(runtime, {
    nameLengths: [1],
    lossWeights: { ...lossWeights, features: 0 },
  });
  const { features } = smallFeatures({ classes: 1, pictures: 4 });
  const { loss } = await objective.evaluate(
    movedParameters(objective),
    takeWhole({ features, labels: [0, 0, 0, 0] }),
  );
  expect(loss).toBe(0);
  await objective.release();
});
