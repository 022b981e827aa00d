import { expect, test } from "vitest";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { checkAdapterFits } from "./adapter.ts";

const adapter = sampleAdapter();
const { baseModel } = adapter;

test("an adapter fits its model, wherever that lies", () => {
  expect(() => checkAdapterFits("a.safetensors", adapter, baseModel)).not.toThrow();
  expect(() =>
    checkAdapterFits("a.safetensors", adapter, { ...baseModel, id: "/models/clip" }),
  ).not.toThrow();
});

test("an adapter of another model is refused, naming both", () => {
  const other = { ...baseModel, id: "openai/clip-vit-base-patch32", weightsHash: "cd".repeat(32) };
  expect(() => checkAdapterFits("a.safetensors", adapter, other)).toThrow(
    'a.safetensors: expected the model it was trained for, "openai/clip-vit-base-patch16" ' +
      '(weights abababababab, preprocessing size=224), got "openai/clip-vit-base-patch32" ' +
      "(weights cdcdcdcdcdcd, preprocessing size=224). " +
      "Name that model with --model, or train an adapter for this one.",
  );
});

test("so are the same weights with other preprocessing", () => {
  const other = { ...baseModel, preprocessing: "size=336" };
  expect(() => checkAdapterFits("a.safetensors", adapter, other)).toThrow(
    "(weights abababababab, preprocessing size=336)",
  );
});
