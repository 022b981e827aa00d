import { describe, expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { type PromptTrainConfig, resolveTrainConfig, type TrainConfigInput } from "./train-config.ts";

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
    [{ sheduler: 1 }, `training configuration: expected ${keys}, got the key "sheduler".`],
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
    [
      { epochs: "7" },
      'training configuration, epochs: expected Invalid input: expected number, received string, got "7".',
    ],
    [{ views: 1001 }, "training configuration, views: expected "],
    [{ schedule: "slow" }, "training configuration, schedule: expected "],
    [{ tokens: 0 }, "training configuration, tokens: expected "],
    [{ tokens: "some" }, 'got "some".'],
    [{ loss: { features: -0.5 } }, "training configuration, loss.features: expected "],
    [{ loss: { temperature: 0 } }, "training configuration, loss.temperature: expected "],
    [{ loss: 3 }, "training configuration, loss: expected "],
  ])("%j", (input, message) => {
    expect(refusal(input)).toThrow(ConfigError);
    expect(refusal(input)).toThrow(message);
  });

  test("what is no object at all, saying what came", () => {
    expect(refusal(null)).toThrow(
      "training configuration: expected Invalid input: expected object, received null, got null.",
    );
  });

  test("numbers that are not finite, by their names", () => {
    expect(refusal({ loss: { logits: Number.NaN } })).toThrow("got NaN.");
    expect(refusal({ loss: { logits: Number.POSITIVE_INFINITY } })).toThrow("got Infinity.");
  });
});
