import { expect, test } from "vitest";
import { memoryMethod } from "../../test/support/memory-method.ts";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { smallFeatures } from "../../test/support/small-lamm.ts";
import { DataError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createTensor } from "../tensor/tensor.ts";
import { resolveTrainConfig } from "../training/train-config.ts";
import { calibrateByFolds, calibrateOn } from "./calibrate-adapter.ts";

const adapter = sampleAdapter({ classNames: ["cat", "dog", "emu"] });

/** Calibrates on so many pictures of three classes. */
function calibrateSmall(pictures: number, { folds, signal }: { folds?: number; signal?: AbortSignal } = {}) {
  const done: string[] = [];
  const data = smallFeatures({ classes: 3, pictures });
  const result = calibrateByFolds(adapter, {
    runtime: createNodeRuntime({ threads: 1 }),
    baseModel: adapter.baseModel,
    classNames: adapter.classNames,
    data,
    methods: [memoryMethod],
    config: resolveTrainConfig({ method: "memory" }, [memoryMethod]),
    readFloat32,
    pictures: data.labels.map((label, picture) => ({ path: `${picture}.jpg`, label })),
    onFold: (fold, count) => done.push(`${fold}/${count}`),
    ...(folds !== undefined && { folds }),
    ...(signal && { signal }),
  });
  return { done, result };
}

test("folds are five, or as many as the smallest class has pictures, or as many as asked for", async () => {
  for (const [pictures, folds, last] of [
    [18, undefined, "5/5"],
    [10, undefined, "3/3"],
    [18, 2, "2/2"],
  ] as const) {
    const { done, result } = calibrateSmall(pictures, folds === undefined ? {} : { folds });
    expect((await result)?.adapter.calibration).toBeDefined();
    expect(done.at(-1)).toBe(last);
  }
});

test("an adapter of a method that knows nothing of new pictures is calibrated, and stays as it is otherwise", async () => {
  const calibrated = (await calibrateSmall(9).result)?.adapter;
  expect(calibrated).toEqual({
    ...adapter,
    calibration: expect.anything(),
    rejection: expect.objectContaining({ areaUnderRoc: 0.5, unknownRejected: 0 }),
  });
});

test("a class with one picture has none to hold out", async () => {
  const { result } = calibrateSmall(4);
  await expect(result).rejects.toThrow(DataError);
  await expect(result).rejects.toThrow(
    "calibration: expected at least two pictures of each class, one of which is held out, got a class with one. Add pictures, or train without calibration.",
  );
});

test("more folds than the smallest class has pictures are refused, with its name", async () => {
  await expect(calibrateSmall(8, { folds: 3 }).result).rejects.toThrow(
    'got 2 in class "emu": folds larger than the smallest class. Take fewer folds, or add pictures.',
  );
});

test("a signal stops it", async () => {
  expect(await calibrateSmall(9, { signal: AbortSignal.abort() }).result).toBeUndefined();
});

test("suspicious pictures have paths and names of classes", () => {
  // The last cat looks like an emu; all others like what they are.
  const labels = [0, 1, 2, 0, 1, 2, 0];
  const shown = [0, 1, 2, 0, 1, 2, 2];
  const logits = Float32Array.from(shown.flatMap((label) => [0, 1, 2].map((c) => (c === label ? 6 : 0))));
  const pictures = labels.map((label, picture) => ({ path: `${picture}.jpg`, label }));
  const { suspicious } = calibrateOn(
    adapter,
    { logits: createTensor("float32", [7, 3], logits), labels },
    pictures,
  );
  expect(suspicious).toEqual([
    {
      path: "6.jpg",
      className: "cat",
      suggested: "emu",
      probability: expect.any(Number),
      labelProbability: expect.any(Number),
    },
  ]);
  expect(suspicious[0]?.probability).toBeGreaterThan(suspicious[0]?.labelProbability ?? 1);
});

test("with two classes there is a temperature and no threshold", () => {
  const logits = createTensor("float32", [4, 2], Float32Array.of(2, 0, 0, 2, 2, 0, 0, 2));
  const { adapter: calibrated } = calibrateOn(adapter, { logits, labels: [0, 1, 0, 1] }, []);
  expect(calibrated).toHaveProperty("calibration");
  expect(calibrated).not.toHaveProperty("rejection");
});
