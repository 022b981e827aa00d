import { describe, expect, test } from "vitest";
import { drawProblem } from "../../test/support/features/draw-problem.ts";
import { createTensor } from "../tensor/tensor.ts";
import type { FeatureMethod, FeatureProblem } from "./feature-method.ts";
import { zeroShotLogits } from "./features/zero-shot-logits.ts";
import { methods } from "./methods.ts";

const choosing = methods.filter((method) => method.kind === "features").filter((m) => m.chosenOptions);

test("those that choose by leave-one-out do so by logits of a base that has not seen the picture", () => {
  expect(choosing.map(({ name }) => name)).toEqual(["tip-adapter", "tip-adapter-f", "gda", "proker"]);
});

/** Classes that overlap, and text features that know the pictures, as what was learned from them does. */
const overlapping = () => drawProblem({ counts: [8, 8, 8, 8], noise: 1.2, width: 8, textNoise: 0.1 });

const fitTo = (method: FeatureMethod, problem: FeatureProblem, given: Record<string, number> = {}) =>
  method.fit({ ...problem, random: drawProblem().random }, method.options.parse(given));

describe.each(choosing)("$name", (method) => {
  test("names options that it has", () => {
    expect(Object.keys(method.options.shape)).toEqual(
      expect.arrayContaining([...(method.chosenOptions ?? [])]),
    );
  });

  test("chooses as without them where they say the same", async () => {
    const problem = overlapping();
    const same = { ...problem, heldOutLogits: zeroShotLogits(problem) };
    expect(await fitTo(method, same)).toEqual(await fitTo(method, problem));
  });

  test("trusts the words less where they do not know pictures that they have not seen", async () => {
    const problem = overlapping();
    const { data, shape } = zeroShotLogits(problem);
    // Those of another class's picture.
    const moved = createTensor(
      "float64",
      shape,
      Float64Array.from(data, (_, i) => data.at(i - 12 * 4) ?? 0),
    );
    // With a ridge of its own ProKeR can leave the words out by that as well.
    const given = method.name === "proker" ? { beta: 1, lambda: 10 } : {};
    const unseen = await fitTo(method, { ...problem, heldOutLogits: moved }, given);
    const seen = await fitTo(method, problem, given);
    expect(unseen.hyperparameters.alpha).toBeGreaterThan(2 * (seen.hyperparameters.alpha ?? 0));
  });

  test("is fitted by the text features themselves: given settings give the same with them and without", async () => {
    const problem = overlapping();
    const given = Object.fromEntries((method.chosenOptions ?? []).map((name) => [name, 0.5]));
    const none = createTensor("float64", [32, 4], new Float64Array(32 * 4));
    const found = await fitTo(method, { ...problem, heldOutLogits: none }, given);
    expect(found).toEqual(await fitTo(method, problem, given));
  });
});
