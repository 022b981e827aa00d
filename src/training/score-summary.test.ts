import fc from "fast-check";
import { expect, test } from "vitest";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { calibrationError, confidenceError } from "./calibration-error.ts";
import { argMax, rowsOf } from "./metrics.ts";
import { isUnknown } from "./rejection.ts";
import { createScoreSummary } from "./score-summary.ts";

const rejection = { threshold: 3, knownRejected: 0.05 };
const rows = fc.array(
  fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 3, maxLength: 3 }),
  {
    minLength: 1,
    maxLength: 12,
  },
);
const matrix = (values: readonly (readonly number[])[]): Tensor<"float32"> =>
  createTensor("float32", [values.length, 3], Float32Array.from(values.flat()));

test("has what the logits of all pictures at once would give, however they came", () => {
  fc.assert(
    fc.property(rows, rows, (first, second) => {
      const summary = createScoreSummary({ temperature: 2, rejection });
      summary.add(matrix(first));
      summary.add(matrix(second));
      const logits = matrix([...first, ...second]);
      const labels = rowsOf(logits).map((_, picture) => picture % 3);
      expect(summary.predicted).toEqual(rowsOf(logits).map(argMax));
      expect(summary.rejected).toBe(rowsOf(logits).filter((row) => isUnknown(row, rejection)).length);
      const isRight = summary.predicted.map((label, picture) => label === labels[picture]);
      const { confidences, calibratedConfidences } = summary;
      expect(confidenceError({ confidences, isRight })).toBe(calibrationError({ logits, labels }));
      expect(confidenceError({ confidences: calibratedConfidences, isRight })).toBe(
        calibrationError({ logits, labels }, { temperature: 2 }),
      );
    }),
  );
});

test("without a temperature and a threshold has neither", () => {
  const summary = createScoreSummary();
  summary.add(matrix([[1, 2, 3]]));
  expect(summary).toMatchObject({ predicted: [2], calibratedConfidences: [], rejected: 0 });
});

test("refuses logits that are not finite", () => {
  const summary = createScoreSummary();
  expect(() => summary.add(matrix([[1, Number.NaN, 3]]))).toThrow(
    "evaluation, picture 0: expected finite logits, got NaN.",
  );
});
