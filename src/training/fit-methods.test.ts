import { describe, expect, test } from "vitest";
import { smallCheckpoint } from "../../test/support/small-checkpoint.ts";
import { fitSmall } from "../../test/support/small-fit.ts";
import { smallFeatures } from "../../test/support/small-lamm.ts";
import { defaultCases, smallPixels } from "../../test/support/small-prompt-method.ts";
import { SMALL_JOINT_WIDTH, SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { ConfigError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import { parseAdapter, serializeAdapter } from "./adapter-file.ts";
import type { TrainConfigInput } from "./train-config.ts";

const runtime = createNodeRuntime({ threads: 1 });
const bytesOf = (adapter: Adapter) => Buffer.concat(serializeAdapter(adapter));
/** batchSize is small enough for more than one step an epoch. */
const configOf = (method: string): TrainConfigInput => ({ method, schedule: "published", batchSize: 3 });

/** Shapes of what each method trains, on three classes behind "a photo of a" at W = 8 and D = 6, with towers of two blocks. */
const tokens = { token_classes: [3, 1, SMALL_WIDTH] };
const metaNet = {
  "meta_net.linear1.weight": [1, SMALL_JOINT_WIDTH],
  "meta_net.linear1.bias": [1],
  "meta_net.linear2.weight": [SMALL_WIDTH, 1],
  "meta_net.linear2.bias": [SMALL_WIDTH],
};
const coupled = {
  ctx: [2, SMALL_WIDTH],
  "proj.weight": [SMALL_WIDTH, SMALL_WIDTH],
  "proj.bias": [SMALL_WIDTH],
  "compound_prompts_text.0": [2, SMALL_WIDTH],
  "compound_prompt_projections.0.weight": [SMALL_WIDTH, SMALL_WIDTH],
  "compound_prompt_projections.0.bias": [SMALL_WIDTH],
};
const context = { ctx: [4, SMALL_WIDTH] };
const shapes: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  lamm: tokens,
  coop: context,
  cocoop: { ...context, ...metaNet },
  maple: coupled,
  "coop+lamm": { ...context, ...tokens },
  "cocoop+lamm": { ...context, ...metaNet, ...tokens },
  "maple+lamm": { ...coupled, ...tokens },
};

describe.each(defaultCases.map(([, method]) => method))("an adapter of %s", (method) => {
  test("has what was trained, and comes back from its file", async () => {
    const adapter = await fitSmall(runtime, configOf(method));
    expect(adapter.method).toBe(method);
    const found = Object.entries(adapter.parameters).map(([name, { shape }]) => [name, shape]);
    expect(Object.fromEntries(found)).toEqual(shapes[method]);
    const isConditional = method.startsWith("cocoop");
    expect(adapter.textFeatures?.shape).toEqual(isConditional ? undefined : [3, SMALL_JOINT_WIDTH]);
    expect(adapter.originalTextFeatures?.shape).toEqual([3, SMALL_JOINT_WIDTH]);
    const prompts = adapter.imagePrompts?.map(({ shape }) => shape);
    expect(prompts).toEqual(method.startsWith("maple") ? Array(2).fill([2, SMALL_WIDTH]) : undefined);
    expect(parseAdapter("a", bytesOf(adapter))).toEqual(adapter);
  });

  test("is the same from the same seed, to the byte, and another from another", async () => {
    const config = {
      ...configOf(method),
      ...(method === "lamm" ? { initialisation: "random" } : { contextInit: "random" }),
    };
    const first = bytesOf(await fitSmall(runtime, { ...config, seed: 0 }));
    expect(bytesOf(await fitSmall(runtime, { ...config, seed: 0 })).equals(first)).toBe(true);
    const other = await fitSmall(runtime, { ...config, seed: 1 });
    expect(other.parameters).not.toEqual(parseAdapter("a", first).parameters);
  });
});

test("words alone are CLIP's own prompts, whichever method was trained", async () => {
  const [first, ...others] = await Promise.all(
    ["lamm", "coop", "cocoop", "coop+lamm", "cocoop+lamm"].map((method) =>
      fitSmall(runtime, configOf(method)),
    ),
  );
  for (const { originalTextFeatures } of others) {
    originalTextFeatures?.data.forEach((value, i) => {
      expect(value).toBeCloseTo(first?.originalTextFeatures?.data[i] ?? Number.NaN, 5);
    });
  }
});

test("a frozen context is in the adapter as it was given, to the bit", async () => {
  const { parameters } = await fitSmall(runtime, configOf("coop+lamm"));
  const { ctx } = parameters as { ctx: (typeof parameters)[string] };
  const classNames = ["dog", "fox", "hen"];
  const adapter = await fitSmall(
    runtime,
    { ...configOf("coop+lamm"), seed: 5 },
    { classNames, frozenParameters: { ctx } },
  );
  expect(adapter.parameters.ctx).toEqual(ctx);
  expect(adapter.parameters.token_classes).not.toEqual(parameters.token_classes);
  expect(parseAdapter("a", bytesOf(adapter))).toEqual(adapter);
});

describe("refuses", () => {
  const refusal = async (config: TrainConfigInput, message: string, more = {}) => {
    const run = fitSmall(runtime, config, more);
    await expect(run).rejects.toThrow(ConfigError);
    await expect(run).rejects.toThrow(message);
  };

  test.each(["maple", "maple+lamm"])("features for %s, which prompts the image tower", async (method) => {
    await refusal(
      { method },
      `method "${method}": expected pictures, as it prompts the image tower, got image features. ` +
        "Give a folder of pictures, or choose a method that leaves the image tower as it is.",
      { data: smallFeatures({ pictures: 6 }) },
    );
  });

  test("pixels for a method that leaves the image tower alone", async () => {
    await refusal({ method: "coop" }, 'batch of "coop": expected features, got pixels.', {
      data: smallPixels({ pictures: 6 }),
    });
  });

  test.each([
    ["coop", { context: 73 }],
    ["coop", { context: 73, classPosition: "front" }],
    ["coop", { context: 74, classContext: true }],
    ["cocoop", { context: 74 }],
    ["maple", { context: 75 }],
    ["coop+lamm", { context: 76 }],
  ])("prompts of %s with %j, which do not fit the text tower", async (method, options) => {
    // Besides the context: start-of-text, two words, a full stop and end-of-text.
    await refusal(
      { method, ...options },
      `prompts with their context: expected at most 77 tokens, start-of-text and end-of-text included, got ${options.context + 5}. ` +
        "Choose a shorter context, template or class name.",
    );
  });

  test.each(["coop", "cocoop", "maple", "coop+lamm", "cocoop+lamm", "maple+lamm"])(
    "more context words of %s than the template has",
    async (method) => {
      await refusal(
        { method, context: 5, contextInit: "words" },
        "context: expected at most 4 vectors, as the template has words before the class name, got 5. " +
          "Give another template, or start the context from random numbers.",
      );
    },
  );

  test.each(["coop", "cocoop"])(
    "a template without words for the context of %s to start from",
    async (method) => {
      await refusal(
        { method, template: "{}." },
        "context: expected words before the class name in the template, which the context starts from, got none. " +
          "Give another template, or start the context from random numbers.",
      );
    },
  );

  test.each(["maple", "maple+lamm"])("a depth of %s beyond the towers' blocks", async (method) => {
    await refusal(
      { method, depth: 3 },
      "depth: expected a number up to 2, as the shallower tower of this model has blocks, got 3.",
    );
  });

  test.each(["maple", "maple+lamm"])("%s on a ResNet", async (method) => {
    const clip = smallCheckpoint();
    const image = { kind: "resnet", imageSize: 8, width: 8, stageBlocks: [1, 1, 1, 1], heads: 2 } as const;
    const resnet: ClipCheckpoint = { ...clip, config: { ...clip.config, image } };
    await refusal(
      { method },
      `method "${method}": expected a model that it can run on, ` +
        "got it prompts a vision transformer, and this model's image tower is a ResNet.",
      { clip: resnet },
    );
  });

  test("prompts without a model that encodes them", async () => {
    await refusal(
      { method: "coop" },
      'method "coop": expected a CLIP, whose text tower encodes its prompts, got features alone. ' +
        "Name the model that the features are from, or choose a method that works on features.",
      { clip: undefined },
    );
  });

  test("a frozen context of another length, naming it", async () => {
    await refusal(
      { method: "coop+lamm" },
      `parameter "ctx" of "coop+lamm": expected ${4 * SMALL_WIDTH} numbers to keep it at, got ${2 * SMALL_WIDTH}. ` +
        "Train with the options that it was learned with.",
      {
        frozenParameters: {
          ctx: createTensor("float32", [2, SMALL_WIDTH], new Float32Array(2 * SMALL_WIDTH)),
        },
      },
    );
  });
});
