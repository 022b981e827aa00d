import { expect, test } from "vitest";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { ConfigError } from "../errors.ts";
import { rejectionOf } from "./predict.ts";

const rejection = { threshold: 1, knownRejected: 0.05, areaUnderRoc: 0.8, unknownRejected: 0.3 };

test("an adapter with a threshold has it for unknown pictures", () => {
  expect(rejectionOf("a.safetensors", sampleAdapter({ rejection }))).toBe(rejection);
});

test("an adapter without one says how to get it", () => {
  const get = () => rejectionOf("a.safetensors", sampleAdapter());
  expect(get).toThrow(ConfigError);
  expect(get).toThrow(
    "a.safetensors, unknown pictures: expected an adapter with a threshold for them, got one without. Train it with --calibrate.",
  );
});

test("with two classes calibration alone does not help", () => {
  expect(() => rejectionOf("a.safetensors", sampleAdapter({ classNames: ["cat", "dog"] }))).toThrow(
    "got one without, of 2 classes, too few to leave one out and see. Add a class, of anything else, and train it with --calibrate.",
  );
});
