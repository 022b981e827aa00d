import { describe, expect, test } from "vitest";
import { countingRuntime } from "../../test/support/counting-runtime.ts";
import { smallCheckpoint } from "../../test/support/small-checkpoint.ts";
import { SMALL_CLASS_NAMES } from "../../test/support/small-fit.ts";
import { smallFeatures } from "../../test/support/small-lamm.ts";
import { SMALL_JOINT_WIDTH, SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import { ConfigError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { parseAdapter, serializeAdapter } from "./adapter-file.ts";
import { FAST_PARAMETER_LOSS_SHARE } from "./fast-trainer.ts";
import { fitAdapter } from "./fit-adapter.ts";
import type { FitOptions } from "./fit-options.ts";
import { resolveTrainConfig, type TrainConfigInput } from "./train-config.ts";
import type { EpochReport } from "./trainer.ts";

const runtime = createNodeRuntime({ threads: 1 });
const clip = smallCheckpoint();
const logitScale = Math.exp(clip.weights.logitScale);
const classNames = SMALL_CLASS_NAMES;

function optionsOf(config: TrainConfigInput, more: Partial<FitOptions> = {}): FitOptions {
  return {
    runtime,
    clip,
    baseModel: { id: "small", weightsHash: "ab", preprocessing: "size=8" },
    classNames,
    data: smallFeatures({ pictures: 6, views: 2 }),
    config: resolveTrainConfig({ epochs: 3, ...config }),
    readFloat32,
    ...more,
  };
}

async function fitSmall(config: TrainConfigInput, more: Partial<FitOptions> = {}) {
  const found = await fitAdapter(optionsOf(config, more));
  if (found === undefined) throw new Error("the run was stopped");
  return found;
}

describe.each(["fast", "published"] as const)("an adapter of the %s schedule", (schedule) => {
  test("says what it was made from, and can be kept in a file", async () => {
    const reports: EpochReport[] = [];
    const { adapter, passes } = await fitSmall({ schedule }, { onEpoch: (report) => reports.push(report) });
    expect(adapter).toMatchObject({
      method: "lamm",
      baseModel: { id: "small", weightsHash: "ab", preprocessing: "size=8" },
      classNames,
      template: "a photo of a {}.",
      config: { schedule, seed: 1, epochs: 3, loss: { features: 1, logits: 0.05, temperature: 2 } },
    });
    expect(adapter.logitScale).toBeCloseTo(logitScale, 10);
    expect(adapter.textFeatures?.shape).toEqual([3, SMALL_JOINT_WIDTH]);
    expect(adapter.parameters.token_classes?.shape).toEqual([3, 1, SMALL_WIDTH]);
    expect(passes).toBe(reports.at(-1)?.passes);
    expect(parseAdapter("a", Buffer.concat(serializeAdapter(adapter)))).toEqual(adapter);
  });

  test("has features that training moved, and the original ones", async () => {
    const { adapter } = await fitSmall({ schedule });
    const { textFeatures, originalTextFeatures } = adapter as Required<typeof adapter>;
    expect(textFeatures.data).not.toEqual(originalTextFeatures.data);
    // Two classes have one name: their words are the same, what they learn is not.
    const rowOf = ({ data }: typeof textFeatures, c: number) =>
      data.slice(c * SMALL_JOINT_WIDTH, (c + 1) * SMALL_JOINT_WIDTH);
    expect(rowOf(originalTextFeatures, 0)).toEqual(rowOf(originalTextFeatures, 2));
    expect(rowOf(textFeatures, 0)).not.toEqual(rowOf(textFeatures, 2));
  });

  test("is the same from the same seed, to the bit", async () => {
    const config: TrainConfigInput = { schedule, initialisation: "random", seed: 0 };
    const first = await fitSmall(config);
    expect(await fitSmall(config)).toEqual(first);
    const other = await fitSmall({ ...config, seed: 1 });
    expect(other.adapter.parameters).not.toEqual(first.adapter.parameters);
  });
});

describe("the weight of the tokens' distance", () => {
  const weightOf = async (config: TrainConfigInput, pictures: number) => {
    const { adapter } = await fitSmall(config, { data: smallFeatures({ pictures }) });
    return (adapter.config.loss as { parameters: number }).parameters;
  };

  test("is 1 / K with the published schedule, K being the mean over classes", async () => {
    expect(await weightOf({ schedule: "published" }, 6)).toBe(1 / 2);
    expect(await weightOf({ schedule: "published" }, 7)).toBe(3 / 7);
  });

  test("is a share of that with the fast one", async () => {
    expect(await weightOf({ schedule: "fast" }, 6)).toBe(FAST_PARAMETER_LOSS_SHARE / 2);
  });

  test.each([0, 1, 0.3])("is %d where that is asked for", async (parameters) => {
    expect(await weightOf({ schedule: "fast", loss: { parameters } }, 6)).toBe(parameters);
    expect(await weightOf({ schedule: "published", loss: { parameters } }, 6)).toBe(parameters);
  });

  test("is marked where it was asked for, and not where it was counted", async () => {
    const { adapter } = await fitSmall({ loss: { parameters: FAST_PARAMETER_LOSS_SHARE / 2, features: 2 } });
    expect(adapter.lossParametersGiven).toBe(true);
    expect((await fitSmall({ loss: { features: 2 } })).adapter).not.toHaveProperty("lossParametersGiven");
  });
});

test("a setting that the schedule has not is refused", async () => {
  const refused = fitSmall({ learningRate: 5 });
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(
    "training configuration, learningRate: expected none with the fast schedule",
  );
});

describe("the engine's memory is freed", () => {
  test("after a run", async () => {
    const { counts, counting } = countingRuntime(runtime);
    await fitSmall({}, { runtime: counting });
    expect(counts.loaded).toBeGreaterThan(0);
    expect(counts.held).toBe(0);
  });

  test("where a signal stops it, which gives no adapter", async () => {
    const { counts, counting } = countingRuntime(runtime);
    const controller = new AbortController();
    const onEpoch = () => controller.abort();
    const options = optionsOf(
      { schedule: "published" },
      { runtime: counting, signal: controller.signal, onEpoch },
    );
    expect(await fitAdapter(options)).toBeUndefined();
    expect(counts.loaded).toBeGreaterThan(0);
    expect(counts.held).toBe(0);
  });

  test("where it fails", async () => {
    const { counts, counting } = countingRuntime(runtime);
    const onEpoch = () => {
      throw new Error("the disk is full");
    };
    await expect(fitSmall({}, { runtime: counting, onEpoch })).rejects.toThrow("the disk is full");
    expect(counts.loaded).toBeGreaterThan(0);
    expect(counts.held).toBe(0);
  });
});

test("names that do not fit the template are refused before anything is loaded", async () => {
  const { counts, counting } = countingRuntime(runtime);
  const run = fitSmall({}, { runtime: counting, classNames: ["cat", "???", "dog"] });
  await expect(run).rejects.toThrow(ConfigError);
  await expect(run).rejects.toThrow('class name "???" in template "a photo of a {}."');
  expect(counts.loaded).toBe(0);
});
