import { expect, test } from "vitest";
import { DataError } from "../errors.ts";
import { createTensor } from "../tensor/tensor.ts";
import { checkLabelledLogits } from "./labelled-logits.ts";

const logits = createTensor("float32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));

test("logits with a class for each picture are taken", () => {
  expect(() => checkLabelledLogits("f", { logits, labels: [0, 2] })).not.toThrow();
});

test.each([
  ["too few labels", { logits, labels: [0] }, "f: expected 2 labels, one for each picture, got 1."],
  [
    "a class that is not there",
    { logits, labels: [0, 3] },
    "f, label of picture 1: expected a class in [0, 3), got 3.",
  ],
  [
    "half a class",
    { logits, labels: [0.5, 0] },
    "f, label of picture 0: expected a class in [0, 3), got 0.5.",
  ],
  [
    "no picture",
    { logits: createTensor("float32", [0, 3], new Float32Array(0)), labels: [] },
    "f: expected logits [N, C] of at least one picture and one class, got [0, 3].",
  ],
  [
    "a logit that is not a number",
    { logits: createTensor("float32", [2, 1], Float32Array.of(1, Number.NaN)), labels: [0, 0] },
    "f, picture 1: expected finite logits, got NaN.",
  ],
])("%s: refused", (_, labelled, message) => {
  expect(() => checkLabelledLogits("f", labelled)).toThrow(DataError);
  expect(() => checkLabelledLogits("f", labelled)).toThrow(message);
});
