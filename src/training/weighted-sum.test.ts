import { expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import { WeightedSum } from "./weighted-sum.ts";

const output = (loss: number, gradient: readonly number[]) => ({
  loss: createTensor("float32", [], Float32Array.of(loss)),
  "d x": createTensor("float32", [1, gradient.length], Float32Array.from(gradient)),
});

test("outputs are added with their weights, name by name", () => {
  const sum = new WeightedSum();
  sum.add(output(8, [4, 0]), 0.25);
  sum.add(output(4, [0, 2]), 0.75);
  expect(sum.outputs).toEqual(output(5, [1, 1.5]));
});

test("what was added may be overwritten, and many small numbers do not get lost in a loss", () => {
  const sum = new WeightedSum();
  const one = output(1, [1, 1]);
  sum.add(one, 1);
  one.loss.data[0] = 1e-8;
  one["d x"].data.fill(0);
  for (let i = 0; i < 1000; i++) sum.add(one, 1);
  expect(sum.outputs.loss?.data[0]).toBe(Math.fround(1 + 1000 * Math.fround(1e-8)));
  expect(sum.outputs["d x"]?.data).toEqual(Float32Array.of(1, 1));
});

test("of nothing there are no outputs", () => {
  expect(new WeightedSum().outputs).toEqual({});
});
