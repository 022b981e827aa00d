import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { countingRuntime } from "../../test/support/counting-runtime.ts";
import { smallCheckpoint } from "../../test/support/small-checkpoint.ts";
import { fitSmall } from "../../test/support/small-fit.ts";
import { smallFeatures } from "../../test/support/small-lamm.ts";
import { SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import { classify } from "../clip/zero-shot.ts";
import { ConfigError, ModelFileError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import { parseAdapter, serializeAdapter } from "./adapter-file.ts";
import { openClassifier } from "./classifier.ts";
import { takeWhole } from "./feature-set.ts";

const runtime = createNodeRuntime({ threads: 1 });
const { features } = takeWhole(smallFeatures({ pictures: 5, seed: 8 }));
const clip = smallCheckpoint();
const options = { clip, runtime, readFloat32 };
const reload = (adapter: Adapter) => parseAdapter("pets", Buffer.concat(serializeAdapter(adapter)));
const train = (method: string, more = {}) => fitSmall(runtime, { method, schedule: "published", ...more });

async function scoresOf(adapter: Adapter, more = {}): Promise<Tensor<"float32">> {
  const classifier = openClassifier({ adapter, ...options, ...more });
  try {
    return await classifier.score(features);
  } finally {
    await classifier.release();
  }
}

const conditional = await train("cocoop", { contextInit: "random", context: 3, seed: 7 });

describe.each([
  ["lamm", {}],
  ["coop", {}],
  ["maple", {}],
  ["coop+lamm", { classPosition: "middle" }],
])("a classifier of %s", (method, more) => {
  test("needs neither a model nor the engine: its text features say it all", async () => {
    const adapter = await train(method, more);
    const { counts, counting } = countingRuntime(runtime);
    const classifier = openClassifier({ adapter: reload(adapter), runtime: counting, readFloat32 });
    const expected = classify(features, adapter.textFeatures as Tensor<"float32">, adapter.logitScale);
    expect(await classifier.score(features)).toEqual(expected);
    await classifier.release();
    expect(counts.loaded).toBe(0);
  });
});

describe.each([
  ["cocoop", { contextInit: "random", context: 3, seed: 7 }],
  ["cocoop+lamm", { tokens: "all" }],
])("a classifier of %s", (method, more) => {
  test("scores as before after a file, to the bit, and each picture as among others", async () => {
    const adapter = await train(method, more);
    const expected = await scoresOf(adapter);
    expect(expected.shape).toEqual([5, 3]);
    expect(await scoresOf(reload(adapter))).toEqual(expected);
    const classifier = openClassifier({ adapter, ...options });
    const last = createTensor("float32", [1, 6], features.data.slice(-6));
    const { data } = await classifier.score(last);
    checkCloseToLargest({ shape: [3], data }, { shape: [3], data: expected.data.slice(-3) }, FLOAT32_CHAIN);
    await classifier.release();
  });

  test("frees the engine's memory", async () => {
    const { counts, counting } = countingRuntime(runtime);
    await scoresOf(await train(method, more), { runtime: counting });
    expect(counts.loaded).toBeGreaterThan(0);
    expect(counts.held).toBe(0);
  });
});

describe("refuses", () => {
  const refusal = (
    adapter: Adapter,
    error: new (...details: never[]) => Error,
    message: string,
    more = {},
  ) => {
    const open = () => openClassifier({ adapter, ...options, ...more });
    expect(open).toThrow(error);
    expect(open).toThrow(message);
  };

  test("prompts that depend on the picture without the model", () => {
    refusal(
      conditional,
      ConfigError,
      'classifier of "cocoop": expected the CLIP that it was trained for, as its prompts depend on the picture, got none.',
      { clip: undefined },
    );
  });

  test("a parameter that is missing", () => {
    const { "meta_net.linear2.bias": _, ...parameters } = conditional.parameters;
    refusal(
      { ...conditional, parameters },
      ModelFileError,
      `adapter of "cocoop", parameter "meta_net.linear2.bias": expected ${SMALL_WIDTH} numbers, got none. Train it again.`,
    );
  });

  test("a parameter of another size", () => {
    const ctx = createTensor("float32", [2, SMALL_WIDTH], new Float32Array(2 * SMALL_WIDTH));
    refusal(
      { ...conditional, parameters: { ...conditional.parameters, ctx } },
      ModelFileError,
      `adapter of "cocoop", parameter "ctx": expected ${3 * SMALL_WIDTH} numbers, got ${2 * SMALL_WIDTH}. Train it again.`,
    );
  });

  test("prompts that are the same for all pictures without their text features", async () => {
    const { textFeatures: _, ...adapter } = await train("coop");
    refusal(
      adapter,
      ModelFileError,
      'adapter of "coop": expected text features, as its prompts are the same for all pictures, got none. ' +
        "The file is damaged; train it again.",
    );
  });

  test("a method that nobody knows", () => {
    refusal({ ...conditional, method: "coccoop" }, ConfigError, 'got "coccoop". Did you mean "cocoop"?');
  });

  test("settings that the method does not have", () => {
    const config = { ...conditional.config, depth: 9 };
    refusal({ ...conditional, config }, ConfigError, 'got the key "depth".');
  });
});
