import { describe, expect, test } from "vitest";
import { DataError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { probabilitiesOf } from "./softmax.ts";
import { suspiciousLabels } from "./suspicious-labels.ts";

const CLASSES = 6;

function probabilities(rows: readonly (readonly number[])[]): Tensor<"float32"> {
  return createTensor("float32", [rows.length, rows[0]?.length ?? 0], Float32Array.from(rows.flat()));
}

/** What a good but not perfect classifier says of pictures, 40 of each class. */
function drawProbabilities(seed: number): { probabilities: Tensor<"float32">; truth: number[] } {
  const random = createRandom(seed);
  const truth = Array.from({ length: 40 * CLASSES }, (_, picture) => picture % CLASSES);
  const logits = truth.flatMap((label) =>
    Array.from({ length: CLASSES }, (_, c) => random.normal(1) + (c === label ? 5 : 0)),
  );
  const tensor = createTensor("float32", [truth.length, CLASSES], Float32Array.from(logits));
  return { probabilities: probabilitiesOf(tensor), truth };
}

describe("suspicious labels", () => {
  test("are planted errors, with the class that is right", () => {
    const { probabilities, truth } = drawProbabilities(1);
    const planted = createRandom(2).sample([...truth.keys()], 20);
    const labels = truth.map((label, picture) => (planted.includes(picture) ? (label + 1) % CLASSES : label));
    const found = suspiciousLabels({ probabilities, labels });
    const hits = found.filter(({ index }) => planted.includes(index));
    expect(hits.length).toBeGreaterThanOrEqual(17);
    expect(found.length - hits.length).toBeLessThanOrEqual(3);
    for (const { index, label, suggested } of hits) {
      expect(label).toBe(labels[index]);
      expect(suggested).toBe(truth[index]);
    }
  });

  test("come by falling margin, with both probabilities", () => {
    const found = suspiciousLabels({
      probabilities: probabilities([
        [0.75, 0.25],
        [0.25, 0.75],
        [0.875, 0.125],
        [0.0625, 0.9375],
        [0.125, 0.875],
      ]),
      labels: [0, 1, 1, 0, 1],
    });
    expect(found).toEqual([
      { index: 3, label: 0, suggested: 1, probability: 0.9375, labelProbability: 0.0625 },
      { index: 2, label: 1, suggested: 0, probability: 0.875, labelProbability: 0.125 },
    ]);
  });

  test("need what the other class has on the average", () => {
    // Pictures of class 1 have 0.9 on the average: 0.7 is too little for a picture of class 0.
    const rows = [
      [0.3, 0.7],
      [0.8, 0.2],
      [0.1, 0.9],
      [0.1, 0.9],
    ];
    expect(suspiciousLabels({ probabilities: probabilities(rows), labels: [0, 0, 1, 1] })).toEqual([]);
    rows[0] = [0.05, 0.95];
    expect(suspiciousLabels({ probabilities: probabilities(rows), labels: [0, 0, 1, 1] })).toMatchObject([
      { index: 0 },
    ]);
  });

  test("are none where classes are equally probable, or the other class has no pictures", () => {
    expect(
      suspiciousLabels({
        probabilities: probabilities([
          [0.5, 0.5],
          [0.5, 0.5],
        ]),
        labels: [0, 1],
      }),
    ).toEqual([]);
    expect(suspiciousLabels({ probabilities: probabilities([[0.1, 0.9]]), labels: [0] })).toEqual([]);
  });

  test("of logits are refused, and labels that do not fit", () => {
    const logits = {
      probabilities: probabilities([
        [0.2, 0.8],
        [12, 30],
      ]),
      labels: [0, 1],
    };
    expect(() => suspiciousLabels(logits)).toThrow(DataError);
    expect(() => suspiciousLabels(logits)).toThrow(
      "suspiciousLabels, picture 1 of [2, 2]: expected probabilities in [0, 1], got 12. " +
        "Turn logits into probabilities with probabilitiesOf.",
    );
    expect(() => suspiciousLabels({ ...logits, labels: [0] })).toThrow("suspiciousLabels: expected 2 labels");
  });
});
