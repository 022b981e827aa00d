import { afterAll, describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { referenceCrossEntropy } from "../../test/support/hierarchical-loss-reference.ts";
import { movedParameters, smallFeatures } from "../../test/support/small-lamm.ts";
import {
  type SmallMethod,
  smallMethod,
  smallMethodObjective,
} from "../../test/support/small-prompt-method.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import { ConfigError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { sliceRows } from "../tensor/slice-rows.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { takeWhole } from "./feature-set.ts";
import type { PromptObjective } from "./prompt-objective.ts";

const runtime = createNodeRuntime({ threads: 1 });
const nameLengths = [1, 3, 2, 1];
const PICTURES = 5;
const set = smallFeatures({ classes: 4, pictures: PICTURES });
const batch = takeWhole(set);
const released: PromptObjective[] = [];
const open = (small: Pick<SmallMethod, "clip" | "tower" | "method">, maxRows?: number) => {
  const objective = smallMethodObjective(runtime, small, maxRows === undefined ? {} : { maxRows });
  released.push(objective);
  return objective;
};
afterAll(async () => {
  for (const objective of released) await objective.release();
});
const pictureAt = (picture: number) => sliceRows(batch.features, picture, picture + 1) as Tensor<"float32">;

describe.each(["cocoop", "cocoop+lamm"])("scores of %s", (name) => {
  const small = smallMethod({ method: name, nameLengths });
  const objective = open(small);
  const parameters = movedParameters(objective);

  test("are those of each picture alone", async () => {
    const together = await objective.score(parameters, batch.features);
    expect(together.shape).toEqual([PICTURES, 4]);
    const alone: number[] = [];
    for (let picture = 0; picture < PICTURES; picture++) {
      alone.push(...(await objective.score(parameters, pictureAt(picture))).data);
    }
    checkCloseToLargest(together, { shape: [PICTURES, 4], data: alone }, FLOAT32_CHAIN);
  });

  // All pictures at once, two and a last that is filled up, one, and one class at a time.
  test.each([1000, 40, 24, 1])("do not depend on the rows at once, at most %i", async (maxRows) => {
    const expected = await objective.score(parameters, batch.features);
    const found = await open(small, maxRows).score(parameters, batch.features);
    checkCloseToLargest(found, expected, FLOAT32_CHAIN);
  });

  test("are the logits that the loss sees", async () => {
    const { data } = await objective.score(parameters, batch.features);
    const rows = set.labels.map((_, picture) => [...data.subarray(4 * picture, 4 * picture + 4)]);
    const { parts } = await objective.evaluate(parameters, batch);
    expect(parts.ce).toBeCloseTo(referenceCrossEntropy(rows, set.labels), 4);
  });

  test("depend on the picture through the context, not only through the cosine", async () => {
    const { clip, tower, method } = small;
    const still = Object.fromEntries(
      method.parameters
        .filter(({ name: parameter }) => parameter.startsWith("meta_net.linear2"))
        .map(({ name: parameter, initial }) => [parameter, new Float32Array(initial.data.length)]),
    );
    const shifted = await objective.score(parameters, batch.features);
    const unshifted = await objective.score({ ...parameters, ...still }, batch.features);
    expect(unshifted.data).not.toEqual(shifted.data);
    // Without a shift they are those of a context that is the same for all: CoOp's.
    const coop = smallMethod({ method: name.replace("cocoop", "coop"), nameLengths });
    const shared = open({ clip, tower, method: coop.method });
    const own = Object.fromEntries(
      coop.method.parameters.map(({ name: key }) => [key, parameters[key] as Float32Array]),
    );
    const { data: text } = await shared.encode(own);
    const { data: images } = batch.features;
    const expected = Array.from({ length: PICTURES * 4 }, (_, cell) => {
      const [picture, c] = [Math.floor(cell / 4), cell % 4];
      return (
        10 *
        text.subarray(6 * c, 6 * c + 6).reduce((sum, x, i) => sum + x * (images[6 * picture + i] ?? 0), 0)
      );
    });
    checkCloseToLargest(unshifted, { shape: [PICTURES, 4], data: expected }, FLOAT32_CHAIN);
  });

  test("of no picture are none", async () => {
    const none = createTensor("float32", [0, 6], new Float32Array());
    expect(await objective.score(parameters, none)).toEqual(
      createTensor("float32", [0, 4], new Float32Array()),
    );
  });

  test("are what there is: text features alone are refused", async () => {
    await expect(objective.encode(parameters)).rejects.toThrow(ConfigError);
    await expect(objective.encode(parameters)).rejects.toThrow(
      `text features of "${name}": expected a method whose prompts are the same for all pictures, ` +
        "got one whose prompts depend on the picture. Ask for the logits of pictures.",
    );
  });
});
