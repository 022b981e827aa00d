import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defaultCases } from "../../test/support/small-prompt-method.ts";
import { ConfigError } from "../errors.ts";
import { defineFeatureMethod } from "../methods/feature-method.ts";
import { methods } from "../methods/methods.ts";
import {
  checkSchedule,
  effectiveSettings,
  methodLabel,
  methodOptions,
  type PromptTrainConfig,
  resolveTrainConfig,
  type TrainConfigInput,
} from "./train-config.ts";

const defaults = {
  method: "lamm",
  seed: 1,
  schedule: "fast",
  views: 1,
  template: "a photo of a {}.",
  tokens: "shared",
  initialisation: "words",
  loss: { features: 1, logits: 0.05, temperature: 2 },
};

describe("resolveTrainConfig", () => {
  test("fills in the published values", () => {
    expect(resolveTrainConfig({})).toEqual(defaults);
  });

  test("fills in what is missing of the loss", () => {
    expect(resolveTrainConfig({ loss: { parameters: 0.25 } }).loss).toEqual({
      parameters: 0.25,
      features: 1,
      logits: 0.05,
      temperature: 2,
    });
  });

  test("keeps a given 0: only what is not given is filled in", () => {
    const input: TrainConfigInput = { seed: 0, loss: { parameters: 0, features: 0, logits: 0 } };
    expect(resolveTrainConfig(input)).toEqual({
      ...defaults,
      seed: 0,
      loss: { parameters: 0, features: 0, logits: 0, temperature: 2 },
    });
  });

  test("takes an option that is undefined as not given", () => {
    const input = { seed: undefined, loss: undefined } as unknown as TrainConfigInput;
    expect(resolveTrainConfig(input)).toEqual(defaults);
  });

  test("resolves what it has resolved to the same", () => {
    const config = resolveTrainConfig({ tokens: 2, shots: 4, epochs: 7, schedule: "published", views: 3 });
    expect(resolveTrainConfig(config)).toEqual(config);
  });

  test("cannot be changed afterwards, nor by a change to the input", () => {
    const input = { loss: { features: 0.5 } };
    const config = resolveTrainConfig(input) as PromptTrainConfig;
    input.loss.features = 3;
    expect(config.loss.features).toBe(0.5);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.loss)).toBe(true);
    expect(Object.isFrozen(resolveTrainConfig({}).loss)).toBe(true);
  });

  test("defaults are not shared between configurations", () => {
    expect(resolveTrainConfig({}).loss).not.toBe(resolveTrainConfig({}).loss);
  });
});

describe("refuses", () => {
  const refusal = (input: unknown) => () => resolveTrainConfig(input as TrainConfigInput);
  const keys =
    "one of method, shots, seed, views, template, schedule, epochs, batchSize, learningRate, loss, tokens, initialisation";

  test.each([
    [
      { sheduler: 1 },
      `training configuration: expected ${keys}, got the key "sheduler". Did you mean "schedule"?`,
    ],
    [{ sede: 1 }, `training configuration: expected ${keys}, got the key "sede". Did you mean "seed"?`],
    [{ Epoch: 1 }, `training configuration: expected ${keys}, got the key "Epoch". Did you mean "epochs"?`],
    [
      { loss: { logit: 1 } },
      "training configuration, loss: expected one of parameters, features, logits, temperature, " +
        'got the key "logit". Did you mean "logits"?',
    ],
    [{ seed: -1 }, "training configuration, seed: expected "],
    [{ seed: 1.5 }, "got 1.5."],
    [{ shots: 0 }, "training configuration, shots: expected "],
    [{ epochs: "7" }, 'training configuration, epochs: expected a whole number from 1, got "7".'],
    [{ views: 1001 }, "training configuration, views: expected a whole number from 1 to 1000, got 1001."],
    [{ schedule: "slow" }, "training configuration, schedule: expected "],
    [{ tokens: 0 }, "training configuration, tokens: expected shared, all, or a whole number from 1, got 0."],
    [{ tokens: "some" }, 'got "some".'],
    [{ loss: { features: -0.5 } }, "training configuration, loss.features: expected "],
    [
      { loss: { temperature: 0 } },
      "training configuration, loss.temperature: expected a number above 0, got 0.",
    ],
    [{ loss: 3 }, "training configuration, loss: expected an object, got 3."],
  ])("%j", (input, message) => {
    expect(refusal(input)).toThrow(ConfigError);
    expect(refusal(input)).toThrow(message);
  });

  test("what is no object at all, saying what came", () => {
    expect(refusal(null)).toThrow("training configuration: expected an object, got null.");
  });

  test("numbers that are not finite, by their names", () => {
    expect(refusal({ loss: { logits: Number.NaN } })).toThrow("got NaN.");
    expect(refusal({ loss: { logits: Number.POSITIVE_INFINITY } })).toThrow("got Infinity.");
  });
});

describe("settings of the published schedule alone", () => {
  const refusal = (name: string, got: number) =>
    `training configuration, ${name}: expected none with the fast schedule, as it is of the published one, got ${got}. ` +
    'Leave it out, or add --schedule published (in a program, schedule: "published").';
  const settings = [
    ["learningRate", 5],
    ["batchSize", 1],
  ] as const;

  test.each(settings)("%s is refused where the fast one is given", (name, value) => {
    for (const method of ["lamm", "coop", "coop+lamm"]) {
      const refused = () => resolveTrainConfig({ method, schedule: "fast", [name]: value });
      expect(refused).toThrow(ConfigError);
      expect(refused).toThrow(refusal(name, value));
    }
  });

  test.each(settings)("%s is refused by training where the fast one is the method's own", (name, value) => {
    const config = resolveTrainConfig({ method: "lamm", [name]: value });
    expect(() => checkSchedule(config)).toThrow(ConfigError);
    expect(() => checkSchedule(config)).toThrow(refusal(name, value));
  });

  test.each(settings)("%s stays with the published one, given or the method's own", (name, value) => {
    for (const input of [{ method: "lamm", schedule: "published" as const }, { method: "coop" }]) {
      const config = resolveTrainConfig({ ...input, [name]: value });
      checkSchedule(config);
      expect(config).toMatchObject({ schedule: "published", [name]: value });
      expect(effectiveSettings(config)).toEqual(config);
    }
  });

  test("epochs and all else are of both, and methods on features have no schedule", () => {
    checkSchedule(resolveTrainConfig({ epochs: 3, schedule: "fast" }));
    checkSchedule(resolveTrainConfig({ method: "taskres", learningRate: 0.1 }));
  });

  test("are dropped where an adapter recorded them without effect", () => {
    const config = { schedule: "fast", epochs: 3, batchSize: 1, learningRate: 5 };
    expect(effectiveSettings(config)).toEqual({ schedule: "fast", epochs: 3 });
  });
});

test.each([
  [
    "lamm",
    { context: 4 },
    '"context" is for coop, cocoop, maple, coop+lamm, cocoop+lamm, maple+lamm, not for lamm.',
  ],
  ["lamm", { on: "coop" }, '"on" is for methods that work on features, not for lamm.'],
  ["gda", { epochs: 3 }, '"epochs" is for methods that learn prompts, not for gda.'],
  ["gda", { nonsense: 3 }, "`lamm methods gda` lists its options."],
  ["gda", { alpha: "x" }, 'training configuration, alpha: expected a number from 0, got "x".'],
])("%s refuses %j and says what to do", (method, options, message) => {
  expect(() => resolveTrainConfig({ method, ...options })).toThrow(message);
});

describe("every method that learns prompts", () => {
  test.each(defaultCases.map(([, method]) => method))(
    "%s resolves to what it was published with",
    (method) => {
      const config = resolveTrainConfig({ method }) as PromptTrainConfig;
      const isFast = ["lamm", "coop+lamm"].includes(method);
      const holdsOn = method.endsWith("lamm");
      expect(config.schedule).toBe(isFast ? "fast" : "published");
      expect(config.loss).toEqual({ features: holdsOn ? 1 : 0, logits: holdsOn ? 0.05 : 0, temperature: 2 });
      expect(resolveTrainConfig(config)).toEqual(config);
    },
  );

  test("has its options beside what all have, and no others'", () => {
    const config = resolveTrainConfig({ method: "coop", context: 16, contextInit: "random" });
    expect(config).toMatchObject({
      context: 16,
      contextInit: "random",
      classContext: false,
      classPosition: "end",
    });
    const [coop] = methods.filter(({ name }) => name === "coop");
    expect(methodOptions(coop as (typeof methods)[0], config)).toEqual({
      context: 16,
      contextInit: "random",
      classContext: false,
      classPosition: "end",
    });
    expect(resolveTrainConfig({ method: "maple" })).toMatchObject({ context: 2 });
    const refused = () => resolveTrainConfig({ method: "coop", tokens: "all" });
    expect(refused).toThrow('got the key "tokens".');
  });

  test.each([
    ["coop", { context: 0 }, "training configuration, context: expected a whole number from 1, got 0."],
    ["maple", { context: -2 }, "training configuration, context: expected a whole number from 1, got -2."],
    ["cocoop", { context: 1.5 }, "got 1.5."],
    ["maple", { depth: 0 }, "training configuration, depth: expected a whole number from 1, got 0."],
    [
      "coop",
      { classPosition: "back" },
      'training configuration, classPosition: expected end, middle, front, got "back".',
    ],
    ["coop", { classContext: 1 }, "training configuration, classContext: expected "],
    ["coop", { contextInit: "zeros" }, 'got "zeros".'],
  ])("%s refuses %j", (method, options, message) => {
    expect(() => resolveTrainConfig({ method, ...options })).toThrow(ConfigError);
    expect(() => resolveTrainConfig({ method, ...options })).toThrow(message);
  });

  test.each(["cocoop", "maple", "cocoop+lamm", "maple+lamm"])("%s has no fast schedule", (method) => {
    const refused = () => resolveTrainConfig({ method, schedule: "fast" });
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(
      `training configuration, schedule: expected published, by which "${method}" can be trained, got fast.`,
    );
  });
});

describe("a method on features", () => {
  const gda = defineFeatureMethod({
    kind: "features",
    name: "gda",
    title: "GDA",
    description: "",
    source: "",
    options: z.strictObject({ alpha: z.number().default(2).describe("") }),
    fit: async () => ({ tensors: {}, hyperparameters: {} }),
    score: (_, features) => features,
  });
  const known = [...methods.filter(({ kind }) => kind === "prompts"), gda];
  const common = { method: "gda", seed: 1, views: 1, template: "a photo of a {}.", alpha: 2 };

  test("stands on the words, or on a method that its name says", () => {
    expect(resolveTrainConfig({ method: "gda" }, known)).toEqual({ ...common, on: "words" });
    expect(resolveTrainConfig({ method: "gda@lamm" }, known)).toEqual({ ...common, on: "lamm" });
    expect(resolveTrainConfig({ method: "gda@coop+lamm" }, known)).toEqual({ ...common, on: "coop+lamm" });
    expect(resolveTrainConfig({ method: "gda", on: "coop" }, known)).toEqual({ ...common, on: "coop" });
  });

  test.each(["gda", "gda@lamm", "gda@coop+lamm"])("has %s as its label again", (method) => {
    const config = resolveTrainConfig({ method }, known);
    expect(methodLabel(config)).toBe(method);
    expect(Object.isFrozen(config)).toBe(true);
    expect(resolveTrainConfig(config, known)).toEqual(config);
  });

  test.each([
    [
      "gda@lam",
      `method: expected one of ${known.map(({ name }) => name).join(", ")}, got "lam". Did you mean "lamm"?`,
    ],
    ["gdda@lamm", 'got "gdda". Did you mean "gda"?'],
    [
      "gda@gda",
      'training configuration, on: expected words, or a method that learns text features, such as lamm, got "gda", which works on features itself.',
    ],
    ["gda@cocoop+lamm", 'got "cocoop+lamm", which has other text features for each picture.'],
    ["gda@maple", 'got "maple", which changes the image features too.'],
    ["gda@lamm@coop", 'got "gda@lamm@coop".'],
    ["", 'got "".'],
  ])("is refused as %j", (method, message) => {
    expect(() => resolveTrainConfig({ method }, known)).toThrow(ConfigError);
    expect(() => resolveTrainConfig({ method }, known)).toThrow(message);
  });

  test("has no schedule, epochs or loss", () => {
    for (const options of [{ schedule: "fast" }, { epochs: 3 }, { loss: {} }] as const) {
      expect(() => resolveTrainConfig({ method: "gda", ...options }, known)).toThrow(
        `got the key "${Object.keys(options)[0]}".`,
      );
    }
  });

  test("is nothing that a method on prompts could stand on", () => {
    expect(() => resolveTrainConfig({ method: "lamm@gda" }, known)).toThrow('got the key "on".');
  });
});

test.each([
  ["copp", "coop"],
  ["mapel", "maple"],
  ["coop-lamm", "coop+lamm"],
  ["cocoop_lamm", "cocoop+lamm"],
])("an unknown method %s is answered with the nearest, %s", (method, nearest) => {
  expect(() => resolveTrainConfig({ method })).toThrow(ConfigError);
  expect(() => resolveTrainConfig({ method })).toThrow(
    `method: expected one of ${methods.map(({ name }) => name).join(", ")}, got "${method}". Did you mean "${nearest}"?`,
  );
});
