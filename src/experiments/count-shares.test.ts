import { expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import { countShares } from "./count-shares.ts";

const logits = createTensor("float32", [4, 3], Float32Array.of(9, 1, 2, 5, 4, 3, 1, 2, 9, 1, 7, 7));
const labels = [0, 1, 1, 2];

test("only some classes, and their pictures, count; of equal logits the first column's", () => {
  const counter = countShares({ all: [0, 1, 2], first: [0, 1], last: [1, 2], turned: [2, 1] }, labels);
  counter.add(logits);
  expect(counter.shares()).toEqual({ all: 1 / 4, first: 2 / 3, last: 1 / 3, turned: 2 / 3 });
});

test("blocks count as the whole does", () => {
  const counter = countShares({ all: [0, 1, 2], first: [0, 1] }, labels);
  for (const [begin, end] of [
    [0, 1],
    [1, 4],
  ] as const) {
    counter.add(createTensor("float32", [end - begin, 3], logits.data.slice(3 * begin, 3 * end)));
  }
  expect(counter.shares()).toEqual({ all: 1 / 4, first: 2 / 3 });
});
