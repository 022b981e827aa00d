import { describe, expect, test } from "vitest";
import { memoryMethod } from "../../test/support/memory-method.ts";
import { smallFeatures } from "../../test/support/small-lamm.ts";
import { DataError } from "../errors.ts";
import type { FeatureMethod } from "../methods/feature-method.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import {
  type CrossValidationOptions,
  checkHeldOutLogits,
  crossValidate,
  defaultFolds,
} from "./cross-validate.ts";
import { fitAdapter } from "./fit-adapter.ts";
import { rowsOf } from "./metrics.ts";
import { scoreSet } from "./score-set.ts";
import { resolveTrainConfig } from "./train-config.ts";

const data = smallFeatures({ classes: 3, pictures: 13 });

function optionsOf(change: Partial<CrossValidationOptions> = {}): CrossValidationOptions {
  const methods = change.methods ?? [memoryMethod];
  return {
    runtime: createNodeRuntime({ threads: 1 }),
    baseModel: { id: "none", weightsHash: "ab", preprocessing: "none" },
    classNames: ["cat", "dog", "emu"],
    data,
    methods,
    config: resolveTrainConfig({ method: methods[0]?.name ?? "", seed: 3 }, methods),
    readFloat32,
    folds: 4,
    ...change,
  };
}

/** Does as {@link memoryMethod}, but scores a picture by its first number, so that order shows. */
const firstNumber: FeatureMethod = {
  ...memoryMethod,
  score(_, features) {
    const logits = rowsOf(features).flatMap((row) => Array<number>(3).fill(row[0] ?? 0));
    return createTensor("float32", [features.shape[0] ?? 0, 3], Float32Array.from(logits));
  },
};

describe("crossValidate", () => {
  test("scores no picture by an adapter that has seen it", async () => {
    const options = optionsOf();
    const { folds: _, ...fitting } = options;
    const fit = await fitAdapter(fitting);
    if (fit === undefined) throw new Error("nothing was stopped");
    // Of the pictures that it has seen the method knows each: a leak would show.
    const known = await scoreSet(fit.adapter, data, options);
    expect(known.data.filter((logit) => logit !== 0)).toHaveLength(13);
    const logits = await crossValidate(options);
    expect(logits?.shape).toEqual([13, 3]);
    expect(logits?.data.every((logit) => logit === 0)).toBe(true);
  });

  test.each([2, 3, 4])("learns from all pictures but those of the fold, with %d folds", async (folds) => {
    const learned: string[][] = [];
    const watching: FeatureMethod = {
      ...memoryMethod,
      fit(problem, options) {
        learned.push(rowsOf(problem.features).map(String));
        return memoryMethod.fit(problem, options);
      },
    };
    await crossValidate(optionsOf({ methods: [watching], folds }));
    expect(learned).toHaveLength(folds);
    const all = rowsOf(createTensor("float32", [13, data.features.data.length / 13], data.features.data));
    for (const row of all.map(String)) {
      expect(learned.filter((rows) => rows.includes(row))).toHaveLength(folds - 1);
    }
  });

  test("gives logits in the order of the pictures", async () => {
    const logits = await crossValidate(optionsOf({ methods: [firstNumber] }));
    const width = data.features.shape[2] ?? 0;
    for (const [picture, row] of rowsOf(logits as Tensor<"float32">).entries()) {
      expect(row[0]).toBe(data.features.data[picture * width]);
    }
  });

  test("scores the centre crop, whatever views there are to learn from", async () => {
    const views = smallFeatures({ classes: 3, pictures: 6, views: 3 });
    const logits = await crossValidate(optionsOf({ data: views, methods: [firstNumber], folds: 2 }));
    const width = views.features.shape[2] ?? 0;
    for (const [picture, row] of rowsOf(logits as Tensor<"float32">).entries()) {
      expect(row[0]).toBe(views.features.data[picture * 3 * width]);
    }
  });

  test("tells of each fold", async () => {
    const done: string[] = [];
    await crossValidate(optionsOf({ onFold: (fold, folds) => done.push(`${fold}/${folds}`) }));
    expect(done).toEqual(["1/4", "2/4", "3/4", "4/4"]);
  });

  test("stops between two folds", async () => {
    const controller = new AbortController();
    const done: number[] = [];
    const onFold = (fold: number) => {
      done.push(fold);
      controller.abort();
    };
    expect(await crossValidate(optionsOf({ signal: controller.signal, onFold }))).toBeUndefined();
    expect(done).toEqual([1]);
  });

  test("refuses more folds than the smallest class has pictures", async () => {
    const run = crossValidate(optionsOf({ folds: 5 }));
    await expect(run).rejects.toThrow(DataError);
    await expect(run).rejects.toThrow(
      'folds: expected at least 5 pictures of each class, one for each fold, got 4 in class "dog": folds larger than the smallest class. Take fewer folds, or add pictures.',
    );
  });
});

describe("defaultFolds", () => {
  test.each([
    [[0, 0, 1], 1],
    [[0, 1, 0, 1, 1], 2],
    [Array.from({ length: 20 }, (_, i) => i % 2), 5],
  ])("of %j are %d", (labels, folds) => {
    expect(defaultFolds(labels)).toBe(folds);
  });
});

test("refuses more logits than memory holds before anything is trained", () => {
  expect(() => checkHeldOutLogits({ pictures: 80_000, classes: 5000 })).not.toThrow();
  expect(() => checkHeldOutLogits({ pictures: 336_000, classes: 21_000 })).toThrow(
    "cross-validation: expected at most 536870912 logits, pictures times classes, which it keeps in memory, got 336000 " +
      "pictures of 21000 classes. Train without calibration, and compare methods on test pictures.",
  );
});
