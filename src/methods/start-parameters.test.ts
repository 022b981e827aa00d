import { expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import type { PromptMethod } from "./method.ts";
import { startParameters } from "./start-parameters.ts";

const parameter = (name: string) => ({
  name,
  initial: createTensor("float32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)),
  fileShape: [2, 3],
});
const method = { name: "toy", parameters: [parameter("a"), parameter("b")] } as unknown as PromptMethod;

test("a named parameter starts at the given values in its own shape, others as before", () => {
  const values = { a: createTensor("float32", [6], Float32Array.of(9, 8, 7, 6, 5, 4)) };
  const [a, b] = startParameters(method, values).parameters;
  expect(a?.initial.shape).toEqual([2, 3]);
  expect([...(a?.initial.data ?? [])]).toEqual([9, 8, 7, 6, 5, 4]);
  expect([...(b?.initial.data ?? [])]).toEqual([1, 2, 3, 4, 5, 6]);
});

test("another number of values is refused", () => {
  const values = { a: createTensor("float32", [3], Float32Array.of(9, 8, 7)) };
  expect(() => startParameters(method, values)).toThrow(
    'parameter "a" of "toy": expected 6 numbers to keep it at, got 3. Train with the options that it was learned with.',
  );
});
