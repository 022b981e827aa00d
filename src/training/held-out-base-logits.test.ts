import { describe, expect, test } from "vitest";
import { drawProblem } from "../../test/support/features/draw-problem.ts";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { smallCheckpoint } from "../../test/support/small-checkpoint.ts";
import { SMALL_CLASS_NAMES } from "../../test/support/small-fit.ts";
import { smallFeatures } from "../../test/support/small-lamm.ts";
import { defineFeatureMethod, type FeatureProblem } from "../methods/feature-method.ts";
import { drawFolds } from "../methods/features/folds.ts";
import { gda } from "../methods/features/gda.ts";
import { zeroShotLogits } from "../methods/features/zero-shot-logits.ts";
import { lamm } from "../methods/lamm.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor } from "../tensor/tensor.ts";
import { fitAdapter } from "./fit-adapter.ts";
import type { FitOptions } from "./fit-options.ts";
import { heldOutBaseLogits } from "./held-out-base-logits.ts";
import { subsetOf } from "./subset.ts";
import { resolveTrainConfig, type TrainConfigInput } from "./train-config.ts";

describe("logits of the support set by a base that has not seen the picture", () => {
  /** A base whose logits say which fit they are of. */
  async function run(problem: FeatureProblem) {
    const kept: (readonly number[])[] = [];
    const found = await heldOutBaseLogits(problem, {
      seed: 1,
      refit: async (pictures) => {
        kept.push(pictures);
        const [classes = 0, width = 0] = problem.textFeatures?.shape ?? [];
        const data = new Float32Array(classes * width).fill(kept.length);
        const textFeatures = createTensor("float32", [classes, width], data);
        return { adapter: sampleAdapter({ textFeatures }), passes: 10 };
      },
    });
    return { kept, found };
  }

  test.each([
    [[5, 6, 4], 4],
    [[2, 7, 3], 2],
    [[3, 1, 9], 3],
  ])("of %j pictures a class are of %d folds, each trained without its pictures", async (counts, folds) => {
    const problem = drawProblem({ counts });
    const { kept, found } = await run(problem);
    expect(kept).toHaveLength(folds);
    expect(found?.passes).toBe(10 * folds);
    const byAll = zeroShotLogits(problem).data;
    const { features, labels, classCount, logitScale } = problem;
    for (const [picture, label] of labels.entries()) {
      const without = kept.flatMap((pictures, fold) => (pictures.includes(picture) ? [] : [fold + 1]));
      const own = found?.logits.data.slice(picture * classCount, (picture + 1) * classCount) ?? [];
      if (counts[label] === 1) {
        expect(without).toEqual([]);
        expect([...own]).toEqual([...byAll.slice(picture * classCount, (picture + 1) * classCount)]);
        continue;
      }
      expect(without).toHaveLength(1);
      const sum = features.data.slice(6 * picture, 6 * picture + 6).reduce((total, x) => total + x, 0);
      for (const logit of own) expect(logit).toBeCloseTo(logitScale * (without[0] ?? 0) * sum, 5);
    }
    for (const pictures of kept) expect(new Set(pictures.map((picture) => labels[picture])).size).toBe(3);
  });

  test("are those of the base where each class has one picture", async () => {
    const problem = drawProblem({ counts: [1, 1, 1] });
    const { kept, found } = await run(problem);
    expect(kept).toEqual([]);
    expect(found).toEqual({ logits: zeroShotLogits(problem), passes: 0 });
  });

  test("are none where the signal stopped a fit", async () => {
    const refit = async () => undefined;
    expect(await heldOutBaseLogits(drawProblem(), { seed: 1, refit })).toBeUndefined();
  });
});

describe("a method on features that another method learned", () => {
  const clip = smallCheckpoint();
  const data = smallFeatures({ pictures: 12, views: 2 });
  /** GDA that keeps what it was asked to fit. */
  const asked: FeatureProblem[] = [];
  const watched = defineFeatureMethod({
    ...gda,
    async fit(problem, given) {
      asked.push(problem);
      return gda.fit(problem, given);
    },
  });
  const methods = [watched, lamm];

  function train(config: TrainConfigInput, more: Partial<FitOptions> = {}) {
    asked.length = 0;
    return fitAdapter({
      ...{ runtime: createNodeRuntime({ threads: 1 }), clip, data, methods, readFloat32 },
      baseModel: { id: "small", weightsHash: "ab", preprocessing: "size=8" },
      classNames: SMALL_CLASS_NAMES,
      config: resolveTrainConfig(config, methods),
      ...more,
    });
  }

  test("chooses by logits of a base that has not seen the picture, and is fitted on that of all", async () => {
    const base = await train({ method: "lamm" });
    const found = await train({ method: "gda@lamm" });
    const [problem] = asked;
    expect(problem?.textFeatures).toEqual(base?.adapter.textFeatures);
    expect(found?.adapter.textFeatures).toEqual(base?.adapter.textFeatures);
    const { features, labels, classCount, logitScale } = problem as FeatureProblem;
    let passes = base?.passes ?? 0;
    const folds = drawFolds({ labels, counts: [4, 4, 4], random: createRandom(1) });
    expect(folds).toHaveLength(4);
    for (const fold of folds) {
      const kept = labels.map((_, picture) => picture).filter((picture) => !fold.includes(picture));
      const without = await train({ method: "lamm" }, { data: subsetOf(data, kept) });
      passes += without?.passes ?? 0;
      const textFeatures = without?.adapter.textFeatures;
      const logits = zeroShotLogits({ features, textFeatures, logitScale, classCount });
      for (const picture of fold) {
        const rows = [problem?.heldOutLogits, logits].map((all) => [
          ...(all?.data.slice(picture * classCount, (picture + 1) * classCount) ?? []),
        ]);
        expect(rows[0]).toEqual(rows[1]);
      }
    }
    expect(found?.passes).toBe(passes);
  });

  test("does not train it again where there is nothing to choose, nor on words", async () => {
    const base = await train({ method: "lamm" });
    const given = await train({ method: "gda@lamm", alpha: 1, scale: 1, shrinkage: 1 });
    expect(given?.passes).toBe(base?.passes);
    expect(asked[0]).not.toHaveProperty("heldOutLogits");
    expect((await train({ method: "gda" }))?.passes).toBe(0);
    expect(asked[0]).not.toHaveProperty("heldOutLogits");
  });

  test("keeps the state of the base alone, and stops where the signal says so", async () => {
    const saved = async (method: string) => {
      let count = 0;
      const checkpoints = { load: () => undefined, save: () => void count++, clear: () => undefined };
      await train({ method }, { checkpoints });
      return count;
    };
    expect(await saved("gda@lamm")).toBe(await saved("lamm"));
    let reports = 0;
    await train({ method: "lamm" }, { onEpoch: () => void reports++ });
    const stop = new AbortController();
    const onEpoch = () => void (reports-- === 0 && stop.abort());
    const found = await train({ method: "gda@lamm" }, { signal: stop.signal, onEpoch });
    expect(found).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
