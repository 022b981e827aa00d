import { describe, expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { configOf, type MethodFlags } from "./method-flags.ts";

describe("the loss", () => {
  const lossOf = (flags: Partial<MethodFlags>) => configOf("lamm", { hierarchicalLoss: true, ...flags }).loss;

  test("has what was given, weights of 0 too", () => {
    expect(lossOf({})).toBeUndefined();
    expect(lossOf({ lossParameters: 0, lossTemperature: 3 })).toEqual({ parameters: 0, temperature: 3 });
  });

  test("is cross-entropy alone where its parts are left out", () => {
    expect(lossOf({ hierarchicalLoss: false, set: { tokens: 2 } })).toEqual({
      parameters: 0,
      features: 0,
      logits: 0,
    });
  });

  test.each([
    [{ lossFeatures: 2 }, "--loss-features"],
    [
      { lossParameters: 1, lossLogits: 0, lossTemperature: 3 },
      "--loss-parameters and --loss-logits and --loss-temperature",
    ],
    [{ set: { loss: { features: 2 } } }, "--set loss"],
  ])("is refused where parts that are left out are given weights: %j", (flags, got) => {
    const refused = () => lossOf({ hierarchicalLoss: false, ...flags });
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(
      `--no-hierarchical-loss: expected nothing about the parts of the loss that it leaves out, got ${got}. Leave out one or the other; a weight of 0 leaves out a part alone.`,
    );
  });
});
