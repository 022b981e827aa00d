import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError, DataError } from "../errors.ts";
import { createTensor } from "../tensor/tensor.ts";
import { calibrationError } from "./calibration-error.ts";

/** Two classes, the first predicted with these confidences. */
function withConfidences(confidences: readonly number[]) {
  const data = Float32Array.from(confidences.flatMap((p) => [Math.log(p / (1 - p)), 0]));
  return createTensor("float32", [confidences.length, 2], data);
}

test("is the difference of confidence and accuracy of each bin, by its pictures", () => {
  // Bin of 0.6: confidence 0.6 and accuracy 1/2; bin of 0.9: 0.9 and 1.
  const logits = withConfidences([0.6, 0.6, 0.9, 0.9]);
  expect(calibrationError({ logits, labels: [0, 1, 0, 0] }, { bins: 10 })).toBeCloseTo(
    (2 * 0.1 + 2 * 0.1) / 4,
    6,
  );
  // In one bin: confidence 0.75, accuracy 3/4.
  expect(calibrationError({ logits, labels: [0, 1, 0, 0] }, { bins: 1 })).toBeCloseTo(0, 6);
});

test("has fifteen bins unless told otherwise", () => {
  // 0.61 and 0.65 are in one of 15 bins, (9/15, 10/15], and in two of 20.
  const labelled = { logits: withConfidences([0.61, 0.65]), labels: [0, 1] };
  expect(calibrationError(labelled)).toBeCloseTo(Math.abs(0.63 - 0.5), 6);
  expect(calibrationError(labelled, { bins: 20 })).toBeCloseTo((0.39 + 0.65) / 2, 6);
});

test("is that of the temperature", () => {
  const labelled = { logits: withConfidences([0.75]), labels: [0] };
  expect(calibrationError(labelled, { temperature: 0.5 })).toBeCloseTo(1 - 0.9, 6);
});

test("is 0 for certainty that is right and 1 for certainty that is wrong", () => {
  const logits = createTensor("float32", [2, 2], Float32Array.of(1e3, 0, 1e3, 0));
  expect(calibrationError({ logits, labels: [0, 0] })).toBe(0);
  expect(calibrationError({ logits, labels: [1, 1] })).toBe(1);
});

test("lies in [0, 1]", () => {
  const picture = fc.tuple(
    fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 3, maxLength: 3 }),
    fc.nat(2),
  );
  fc.assert(
    fc.property(
      fc.array(picture, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 40 }),
      (pictures, bins) => {
        const logits = createTensor(
          "float32",
          [pictures.length, 3],
          Float32Array.from(pictures.flatMap(([row]) => row)),
        );
        const error = calibrationError({ logits, labels: pictures.map(([, label]) => label) }, { bins });
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test("refuses bins and temperatures that are none, and labels that do not fit", () => {
  const labelled = { logits: withConfidences([0.6]), labels: [0] };
  expect(() => calibrationError(labelled, { bins: 0 })).toThrow(ConfigError);
  expect(() => calibrationError(labelled, { bins: 0 })).toThrow(
    "calibrationError, bins: expected a whole number from 1, got 0.",
  );
  expect(() => calibrationError(labelled, { temperature: -1 })).toThrow(
    "calibrationError, temperature: expected a number above 0, got -1.",
  );
  expect(() => calibrationError({ ...labelled, labels: [] })).toThrow(DataError);
});
