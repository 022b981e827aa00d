import { expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import { createScoreSummary } from "../training/score-summary.ts";
import { measureDoubts } from "./doubts.ts";

/** Four pictures of two classes: three right, and all with 3 nats between the two. */
const logits = createTensor("float32", [4, 2], Float32Array.of(3, 0, 0, 3, 4, 1, 1, 4));
const summarize = (options: Parameters<typeof createScoreSummary>[0] = {}) => {
  const summary = createScoreSummary(options);
  summary.add(logits);
  return summary;
};
const labels = [0, 1, 0, 0];
const confidence = 1 / (1 + Math.exp(-3));
const calibration = { temperature: 3, errorBefore: 0.2, errorAfter: 0.1 };
const rejection = { threshold: 2.2, knownRejected: 0.05, areaUnderRoc: 0.8, unknownRejected: 0.3 };

test("without calibration and words there is the calibration error alone", () => {
  const doubts = measureDoubts({}, { summary: summarize(), labels });
  expect(doubts).toEqual({ calibration: { errorBefore: expect.closeTo(confidence - 0.75, 6) } });
});

test("a temperature is judged on these pictures, not on those that it was fitted to", () => {
  const doubts = measureDoubts({ calibration }, { summary: summarize(calibration), labels });
  expect(doubts.calibration).toEqual({
    errorBefore: expect.closeTo(confidence - 0.75, 6),
    errorAfter: expect.closeTo(0.75 - 1 / (1 + Math.exp(-1)), 6),
    temperature: 3,
  });
});

test("pictures below the threshold are counted, by logits without the temperature", () => {
  // Familiarity is 3 - 3 / 3 = 2 of the first two, and 4 - 5 / 3 = 2.33 of the others.
  const summary = summarize({ ...calibration, rejection });
  expect(measureDoubts({ calibration, rejection }, { summary, labels }).rejected).toBe(0.5);
});

test("the difference to zero-shot is paired, picture by picture", () => {
  const { versusZeroShot } = measureDoubts(
    {},
    { summary: summarize(), labels, zeroShotPredicted: [0, 0, 1, 0] },
  );
  expect(versusZeroShot).toMatchObject({ difference: 0.25, firstOnly: 2, secondOnly: 1 });
  expect(versusZeroShot?.pValue).toBeCloseTo(0.625, 10);
});
