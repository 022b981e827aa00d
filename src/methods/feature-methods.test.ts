import { describe, expect, test } from "vitest";
import { checkClose, checkCloseToLargest } from "../../test/support/check-close.ts";
import { countingRuntime } from "../../test/support/counting-runtime.ts";
import { drawProblem, type ProblemShape, reorder } from "../../test/support/features/draw-problem.ts";
import { parseSafetensors } from "../clip/checkpoint/safetensors.ts";
import { writeSafetensors } from "../clip/checkpoint/write-safetensors.ts";
import { createMemorySource } from "../tensor/byte-source.ts";
import { createRandom } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FeatureMethod, FeatureProblem } from "./feature-method.ts";
import { roundToFloat32 } from "./features/matrix-product.ts";
import { zeroShotLogits } from "./features/zero-shot-logits.ts";
import { methods } from "./methods.ts";

const featureMethods = methods.filter((method) => method.kind === "features");

/** Options with which a hundred steps are enough for words that are far off. */
const FAST: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  taskres: { learningRate: 0.05 },
  "clip-adapter": { learningRate: 0.02, ratio: 0.8, reduction: 1, epochs: 400 },
};

test("names are those of the command line, each once", () => {
  expect(featureMethods.map(({ name }) => name)).toEqual([
    "tip-adapter",
    "tip-adapter-f",
    "clip-adapter",
    "taskres",
    "clap",
    "lp++",
    "linear-probe",
    "gda",
    "proker",
  ]);
});

/** Share of logits that are largest at the label. */
const accuracyOf = (logits: Tensor<"float32">, { labels, classCount }: FeatureProblem) =>
  labels.filter((label, i) => {
    const row = logits.data.subarray(i * classCount, (i + 1) * classCount);
    return row[label] === Math.max(...row);
  }).length / labels.length;

/** Fits with some options given. */
const fitTo = (method: FeatureMethod, problem: FeatureProblem, given: Record<string, number> = {}) =>
  method.fit(problem, method.options.parse(given));

/** Fits, and scores the support set itself. */
const scoreOwn = async (method: FeatureMethod, problem: FeatureProblem, given: Record<string, number> = {}) =>
  method.score({ ...problem, ...(await fitTo(method, problem, given)) }, problem.features);

describe.each(featureMethods)("$name", (method) => {
  test("every option has a default or is optional, and a description", () => {
    expect(method.options.safeParse({}).success).toBe(true);
    expect(() => method.options.parse({ unknown: 1 })).toThrow("unknown");
    for (const [name, option] of Object.entries(method.options.shape)) {
      expect((option as { description?: string }).description, name).toBeTruthy();
    }
  });

  test("learns what words do not say", async () => {
    const problem = drawProblem({ counts: [8, 8, 8, 8], noise: 0.3, width: 12, textNoise: 3 });
    const byWords = accuracyOf(roundToFloat32(zeroShotLogits(problem)), problem);
    expect(byWords).toBeLessThan(0.7);
    expect(accuracyOf(await scoreOwn(method, problem, FAST[method.name]), problem)).toBeGreaterThan(0.9);
  });

  test("does without words, or says that it cannot", async () => {
    const problem = drawProblem({ words: false, noise: 0.3 });
    if (method.needsText === true) {
      await expect(fitTo(method, problem)).rejects.toThrow(
        `${method.name}: expected text features of the classes, got none. ` +
          `${method.name} needs text features; without them use gda, proker or linear-probe.`,
      );
      return;
    }
    expect(accuracyOf(await scoreOwn(method, problem), problem)).toBeGreaterThan(0.9);
  });

  test.each<[string, ProblemShape]>([
    ["one picture a class", { counts: [1, 1, 1] }],
    ["classes with fewer pictures", { counts: [5, 1, 2] }],
    ["one class", { counts: [3] }],
    ["one picture", { counts: [1] }],
    ["fewer numbers than pictures", { counts: [6, 6], width: 2 }],
    ["pictures that are all the same", { counts: [3, 3], noise: 0 }],
  ])("gives finite logits with %s", async (_, shape) => {
    const problem = drawProblem(shape);
    const logits = await scoreOwn(method, problem);
    expect(logits.shape).toEqual([problem.labels.length, problem.classCount]);
    expect(logits.data.every(Number.isFinite)).toBe(true);
  });
});

describe.each(featureMethods)("$name", (method) => {
  test("leaves no graph in the engine, also where it fails", async () => {
    const problem = drawProblem();
    const { counts, counting } = countingRuntime(problem.runtime);
    await fitTo(method, { ...problem, runtime: counting });
    expect(counts.held).toBe(0);
    const broken = { ...problem.features, data: problem.features.data.map(() => Number.NaN) };
    await fitTo(method, { ...problem, features: broken, runtime: counting }).catch(() => undefined);
    expect(counts.held).toBe(0);
  });

  test("the same random stream gives the same tensors", async () => {
    const problem = drawProblem({ counts: [5, 3, 4] });
    const again = { ...problem, random: createRandom(1) };
    expect(await fitTo(method, again)).toEqual(await fitTo(method, problem));
  });

  test("the order of the pictures does not matter", async () => {
    const order = createRandom(5).shuffle([...Array(12).keys()]);
    // Folds are drawn in the order of the pictures; all else is not.
    const given = method.name === "linear-probe" ? { l2: 0.1 } : {};
    const problem = drawProblem({ counts: [5, 3, 4] });
    const test = drawProblem({ seed: 7 }).features;
    const logitsOf = async (support: FeatureProblem) =>
      method.score(
        { ...problem, ...(await fitTo(method, { ...support, random: createRandom(1) }, given)) },
        test,
      );
    checkCloseToLargest(await logitsOf(reorder(problem, order)), await logitsOf(problem), {
      rtol: 2e-3,
      atol: 1e-4,
    });
  });

  test("its tensors in a file score the same", async () => {
    const problem = drawProblem();
    const found = await fitTo(method, problem);
    const bytes = Buffer.concat(writeSafetensors(new Map(Object.entries(found.tensors))));
    const { tensors } = parseSafetensors(createMemorySource("fit", new Uint8Array(bytes)));
    const read = Object.fromEntries(tensors) as Record<string, Tensor<"float32">>;
    const test = drawProblem({ seed: 7 }).features;
    checkClose(
      await method.score({ ...problem, ...found, tensors: read }, test),
      await method.score({ ...problem, ...found }, test),
      { rtol: 0, atol: 0 },
    );
  });

  test("refuses a class without pictures", async () => {
    const problem = { ...drawProblem({ counts: [2, 2] }), labels: [0, 0, 0, 0] };
    await expect(fitTo(method, problem)).rejects.toThrow(
      "support set, class 1: expected at least one picture, got none. Add a picture of it, or leave the class out.",
    );
  });
});
