import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { movedParameters, smallFeatures, smallObjective } from "../../test/support/small-lamm.ts";
import {
  SMALL_END,
  SMALL_JOINT_WIDTH,
  SMALL_START,
  SMALL_WIDTH,
} from "../../test/support/small-text-tower.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import type { LearnableTokens } from "../methods/label-tokens.ts";
import type { PromptSet } from "../methods/prompts.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { takeWhole } from "./feature-set.ts";
import type { Evaluation, PromptObjective } from "./prompt-objective.ts";

const runtime = createNodeRuntime({ threads: 1 });
const nameLengths = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 7 });
const uniformLengths = fc
  .record({ length: fc.integer({ min: 1, max: 4 }), count: fc.integer({ min: 1, max: 7 }) })
  .map(({ length, count }) => Array<number>(count).fill(length));
const tokens = fc.constantFrom<LearnableTokens>("shared", "all", 1, 2);
const maxRows = fc.integer({ min: 1, max: 40 });

interface Outcome extends Evaluation {
  readonly features: Float32Array;
}

async function runObjective(objective: PromptObjective, classes: number): Promise<Outcome> {
  try {
    const parameters = movedParameters(objective);
    const features = (await objective.encode(parameters)).data;
    const batch = takeWhole(smallFeatures({ classes, pictures: 5 }));
    return { features, ...(await objective.evaluate(parameters, batch)) };
  } finally {
    await objective.release();
  }
}

function checkSame(found: Outcome, expected: Outcome, classes: number): void {
  const vector = (data: ArrayLike<number>) => ({ shape: [data.length], data });
  const partsOf = ({ loss, parts }: Evaluation) => vector([loss, parts.ce, parts.wc, parts.cos, parts.kd]);
  expect(found.features).toHaveLength(classes * SMALL_JOINT_WIDTH);
  checkCloseToLargest(vector(found.features), vector(expected.features), FLOAT32_CHAIN, "features");
  checkCloseToLargest(partsOf(found), partsOf(expected), FLOAT32_CHAIN, "loss and parts");
  const [own, other] = [found, expected].map(({ gradients }) => gradients.token_classes as Float32Array) as [
    Float32Array,
    Float32Array,
  ];
  checkCloseToLargest(vector(own), vector(other), FLOAT32_CHAIN, "gradient");
}

test("features, loss and gradients are those of one chunk, however the classes are split", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(nameLengths, uniformLengths),
      tokens,
      maxRows,
      fc.integer({ min: 1, max: 99 }),
      async (lengths, learnableTokens, most, seed) => {
        const options = { nameLengths: lengths, learnableTokens, seed };
        const classes = lengths.length;
        const split = await runObjective(smallObjective(runtime, { ...options, maxRows: most }), classes);
        const whole = await runObjective(smallObjective(runtime, options), classes);
        checkSame(split, whole, classes);
      },
    ),
    { numRuns: 10 },
  );
});

test("classes of as many tokens, of which not as many are learned, are encoded as each alone", async () => {
  // A name's full stop may merge with the template's: then its prompt is a token shorter than its parts.
  const prompts: PromptSet = {
    prefixIds: [SMALL_START, 0],
    suffixIds: [
      [5, 2, SMALL_END],
      [6, 7, SMALL_END],
    ],
    nameLengths: [1, 2],
  };
  const encode = async (c?: number) => {
    const pick = <T>(list: readonly T[]) => (c === undefined ? list : list.slice(c, c + 1));
    const chosen = { ...prompts, suffixIds: pick(prompts.suffixIds), nameLengths: pick(prompts.nameLengths) };
    const objective = smallObjective(runtime, { prompts: chosen, tokens: "all" });
    const rows = objective.method.parameters[0]?.initial.data as Float32Array;
    const { data } = await objective.encode({ token_classes: rows });
    await objective.release();
    return [...data];
  };
  const alone = [...(await encode(0)), ...(await encode(1))];
  const together = await encode();
  checkCloseToLargest({ shape: [12], data: together }, { shape: [12], data: alone }, FLOAT32_CHAIN);
});

describe("a class does not see the others", () => {
  const lengths = [2, 1, 4, 3];
  const objective = smallObjective(runtime, { nameLengths: lengths, tokens: "all", maxRows: 9 });
  let before: Float32Array;
  beforeAll(async () => {
    before = (await objective.encode(movedParameters(objective))).data;
  });
  afterAll(() => objective.release());

  test.each([0, 1, 2, 3])("only class %i changes with its own tokens", async (changed) => {
    const parameters = movedParameters(objective);
    const rows = objective.method.parameters[0]?.rowsOfClass?.[changed] as readonly number[];
    expect(rows).toHaveLength(lengths[changed] as number);
    for (const row of rows) parameters.token_classes?.fill(0.7, row * SMALL_WIDTH, (row + 1) * SMALL_WIDTH);
    const after = (await objective.encode(parameters)).data;
    lengths.forEach((_, c) => {
      const own = (data: Float32Array) => data.slice(c * SMALL_JOINT_WIDTH, (c + 1) * SMALL_JOINT_WIDTH);
      if (c === changed) expect(own(after)).not.toEqual(own(before));
      else expect(own(after)).toEqual(own(before));
    });
  });
});
