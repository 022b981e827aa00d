import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { checkGradient } from "../../test/support/check-gradient.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { movedParameters, SMALL_LOSS_WEIGHTS } from "../../test/support/small-lamm.ts";
import {
  defaultCases,
  type MethodCase,
  methodCases,
  type SmallObjectiveOptions,
  smallBatch,
  smallMethod,
  smallMethodObjective,
} from "../../test/support/small-prompt-method.ts";
import { SMALL_JOINT_WIDTH } from "../../test/support/small-text-tower.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import { methods } from "../methods/methods.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import type { Evaluation, PromptObjective } from "./prompt-objective.ts";

const runtime = createNodeRuntime({ threads: 1 });

/** The loss as its gradient sees it: COS holds on to original prompts that move as if they did not. */
const withoutCos = { ...SMALL_LOSS_WEIGHTS, features: 0 };
const movesOriginals = (method: string) => method.endsWith("+lamm");

const fixedTextFeatures = normalizeFeatures(seededTensor(9)([2, SMALL_JOINT_WIDTH], 1));
const settings: readonly (readonly [string, SmallObjectiveOptions])[] = [
  ["all parts", {}],
  ["no WC", { lossWeights: { ...SMALL_LOSS_WEIGHTS, parameters: 0 } }],
  ["no COS", { lossWeights: { ...SMALL_LOSS_WEIGHTS, features: 0 } }],
  ["no KD", { lossWeights: { ...SMALL_LOSS_WEIGHTS, logits: 0 } }],
  ["cross-entropy alone", { lossWeights: { parameters: 0, features: 0, logits: 0, temperature: 2 } }],
  ["fixed classes beside", { fixedTextFeatures }],
];

test("every method that learns prompts is among the cases", () => {
  const learning = methods.flatMap(({ kind, name }) => (kind === "prompts" ? [name] : []));
  expect(defaultCases.map(([, method]) => method).sort()).toEqual([...learning].sort());
});

describe.each(methodCases)("%s", (...[, name, options]: MethodCase) => {
  test("its gradient is that of its loss", async () => {
    const small = smallMethod({ method: name, options });
    const lossWeights = movesOriginals(name) ? withoutCos : SMALL_LOSS_WEIGHTS;
    const objective = smallMethodObjective(runtime, small, { lossWeights });
    const batch = smallBatch(small.method);
    const parameters = movedParameters(objective);
    const { gradients } = await objective.evaluate(parameters, batch);
    await checkGradient({ gradients, parameters }, async (at) => (await objective.evaluate(at, batch)).loss);
    await objective.release();
  });

  test.each([
    ["ragged", [1, 3, 2, 1], [1, 14]],
    ["uniform", [2, 2, 2], [14]],
  ])("several chunks give what one gives, names %s", async (_, nameLengths, splits) => {
    const small = smallMethod({ method: name, options, nameLengths });
    const classes = nameLengths.length;
    const whole = await runOnce(smallMethodObjective(runtime, small), classes);
    for (const maxRows of splits) {
      checkSame(await runOnce(smallMethodObjective(runtime, small, { maxRows }), classes), whole);
    }
  });
});

describe.each(defaultCases)("%s", (...[, name, options]: MethodCase) => {
  test.each(settings)("with %s: gradient, and chunks", async (_, setting) => {
    const small = smallMethod({ method: name, options });
    const objective = smallMethodObjective(runtime, small, setting);
    const batch = smallBatch(small.method);
    const parameters = movedParameters(objective);
    const { gradients, loss, parts } = await objective.evaluate(parameters, batch);
    const { parameters: l1, features: l2, logits: l3 } = setting.lossWeights ?? SMALL_LOSS_WEIGHTS;
    expect(loss).toBeCloseTo(parts.ce + l1 * parts.wc + l2 * parts.cos + l3 * parts.kd, 4);
    // Original prompts that move are encoded where something asks for them.
    const isKnown = !movesOriginals(name) || l2 !== 0 || l3 !== 0;
    for (const part of [parts.wc, ...(isKnown ? [parts.cos, parts.kd] : [])]) {
      expect(part).toBeGreaterThan(0.001);
    }
    if (!movesOriginals(name) || l2 === 0)
      await checkGradient(
        { gradients, parameters },
        async (at) => (await objective.evaluate(at, batch)).loss,
      );
    await objective.release();
    const chunked = await runOnce(smallMethodObjective(runtime, small, { ...setting, maxRows: 1 }), 3);
    checkSame(chunked, { loss, parts, gradients });
  });
});

/** What a step gives, and the features where they are the same for all pictures. */
interface Outcome extends Evaluation {
  readonly features?: Float32Array;
}

async function runOnce(objective: PromptObjective, classes: number): Promise<Outcome> {
  try {
    const parameters = movedParameters(objective);
    const evaluation = await objective.evaluate(parameters, smallBatch(objective.method, { classes }));
    if (objective.method.readsImageFeatures) return evaluation;
    return { ...evaluation, features: (await objective.encode(parameters)).data };
  } finally {
    await objective.release();
  }
}

function checkSame(found: Outcome, expected: Outcome): void {
  const vector = (data: ArrayLike<number>) => ({ shape: [data.length], data });
  const partsOf = ({ loss, parts }: Evaluation) => vector([loss, parts.ce, parts.wc, parts.cos, parts.kd]);
  checkCloseToLargest(partsOf(found), partsOf(expected), FLOAT32_CHAIN, "loss and parts");
  if (expected.features && found.features) {
    checkCloseToLargest(vector(found.features), vector(expected.features), FLOAT32_CHAIN, "features");
  }
  expect(Object.keys(found.gradients)).toEqual(Object.keys(expected.gradients));
  for (const [name, gradient] of Object.entries(expected.gradients)) {
    checkCloseToLargest(vector(found.gradients[name] ?? []), vector(gradient), FLOAT32_CHAIN, name);
  }
}
