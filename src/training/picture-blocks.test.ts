import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { movedParameters } from "../../test/support/small-lamm.ts";
import {
  defaultCases,
  type SmallObjectiveOptions,
  smallBatch,
  smallMethod,
  smallMethodObjective,
} from "../../test/support/small-prompt-method.ts";
import { SMALL_JOINT_WIDTH } from "../../test/support/small-text-tower.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { createTensor, zeros } from "../tensor/tensor.ts";
import { type Batch, labelTensor } from "./feature-set.ts";
import { splitPictures } from "./picture-blocks.ts";
import type { Evaluation } from "./prompt-objective.ts";

const runtime = createNodeRuntime({ threads: 1 });

/** Pictures whose features are their own numbers. */
function numbered(count: number): Batch {
  const features = createTensor(
    "float32",
    [count, 1],
    Float32Array.from({ length: count }, (_, i) => i),
  );
  return { features, labels: labelTensor(Array.from({ length: count }, (_, i) => i % 3)) };
}

describe("a batch is divided", () => {
  test("into blocks that have all pictures once, in order, and few enough logits", () => {
    const count = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 1, max: 500 }), (pictures, classCount, maxLogits) => {
        const batch = numbered(pictures);
        const blocks = splitPictures(batch, { classCount, maxLogits });
        const rows = blocks.flatMap((block) => ("features" in block ? [...block.features.data] : []));
        expect(rows).toEqual(Array.from({ length: pictures }, (_, i) => i));
        expect(blocks.flatMap(({ labels }) => [...labels.data])).toEqual([...batch.labels.data]);
        const sizes = blocks.map(({ labels }) => labels.data.length);
        for (const size of sizes)
          expect(size * classCount).toBeLessThanOrEqual(Math.max(maxLogits, classCount));
        expect(new Set(sizes.slice(0, -1)).size).toBeLessThanOrEqual(1);
        expect(sizes.at(-1)).toBeLessThanOrEqual(sizes[0] as number);
      }),
    );
  });

  test("not at all where it is small enough: the published batch of 32 over 21,000 classes is", () => {
    const batch = numbered(32);
    const [only, ...others] = splitPictures(batch, { classCount: 21_000, maxLogits: 2 ** 24 });
    expect(only).toBe(batch);
    expect(others).toEqual([]);
  });

  test("without copies, pixels as well as features", () => {
    const pixels = zeros([5, 3, 2, 2]);
    const blocks = splitPictures(
      { pixels, labels: labelTensor([0, 1, 0, 1, 0]) },
      { classCount: 2, maxLogits: 8 },
    );
    expect(blocks.map((block) => "pixels" in block && block.pixels.shape)).toEqual([
      [2, 3, 2, 2],
      [2, 3, 2, 2],
      [1, 3, 2, 2],
    ]);
    for (const block of blocks)
      expect("pixels" in block && block.pixels.data.buffer).toBe(pixels.data.buffer);
  });
});

const fixedTextFeatures = normalizeFeatures(seededTensor(9)([2, SMALL_JOINT_WIDTH], 1));
const settings: readonly (readonly [string, SmallObjectiveOptions])[] = [
  ["one chunk of classes", {}],
  ["chunks of classes", { maxRows: 8 }],
  ["fixed classes beside", { fixedTextFeatures }],
];

describe.each(defaultCases)("%s", (_, method, options) => {
  test.each(settings)(
    "loss and gradient of blocks of pictures are those of all at once: %s",
    async (_, setting) => {
      const small = smallMethod({ method, options });
      const batch = smallBatch(small.method, { pictures: 5 });
      const evaluate = async (maxLogits?: number) => {
        const limits = { ...setting, ...(maxLogits !== undefined && { maxLogits }) };
        const objective = smallMethodObjective(runtime, small, limits);
        try {
          return await objective.evaluate(movedParameters(objective), batch);
        } finally {
          await objective.release();
        }
      };
      const whole = await evaluate();
      // Blocks of two, two and one pictures, or of one each where further classes are beside.
      checkSame(await evaluate(7), whole);
    },
  );
});

function checkSame(found: Evaluation, expected: Evaluation): void {
  const vector = (data: ArrayLike<number>) => ({ shape: [data.length], data });
  const numbers = ({ loss, parts }: Evaluation) => vector([loss, parts.ce, parts.wc, parts.cos, parts.kd]);
  checkCloseToLargest(numbers(found), numbers(expected), FLOAT32_CHAIN, "loss and parts");
  expect(Object.keys(found.gradients)).toEqual(Object.keys(expected.gradients));
  for (const [name, gradient] of Object.entries(expected.gradients)) {
    checkCloseToLargest(vector(found.gradients[name] ?? []), vector(gradient), FLOAT32_CHAIN, name);
  }
}
