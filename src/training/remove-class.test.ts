import { describe, expect, test } from "vitest";
import { z } from "zod";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { ConfigError, DataError } from "../errors.ts";
import { defineFeatureMethod } from "../methods/feature-method.ts";
import { lamm } from "../methods/lamm.ts";
import { createTensor } from "../tensor/tensor.ts";
import { parseAdapter, serializeAdapter } from "./adapter-file.ts";
import { removeClass } from "./remove-class.ts";

const calibration = { temperature: 2, errorBefore: 0.2, errorAfter: 0.1 };
const rejection = { threshold: 0, knownRejected: 0.1, areaUnderRoc: 0.9, unknownRejected: 0.5 };

describe("removeClass", () => {
  const adapter = sampleAdapter({ classNames: ["a", "b", "c"], calibration, rejection });
  const { textFeatures, originalTextFeatures, parameters } = adapter as Required<typeof adapter>;

  test.each([0, 1, 2])("takes class %d out and leaves the bytes of the others", (c) => {
    const kept = [0, 1, 2].filter((other) => other !== c);
    const found = removeClass(adapter, `#${c}`);
    const rowsOf = ({ data }: { data: Float32Array }, width: number) =>
      Float32Array.from(kept.flatMap((row) => [...data.subarray(row * width, (row + 1) * width)]));
    expect(found.classNames).toEqual(kept.map((row) => adapter.classNames[row]));
    expect(found.textFeatures).toEqual(createTensor("float32", [2, 4], rowsOf(textFeatures, 4)));
    expect(found.originalTextFeatures?.data).toEqual(rowsOf(originalTextFeatures, 4));
    const tokens = parameters.token_classes as typeof textFeatures;
    expect(found.parameters.token_classes).toEqual(createTensor("float32", [2, 2, 6], rowsOf(tokens, 12)));
  });

  test("drops what was measured with the class", () => {
    const found = removeClass({ ...adapter, promptNames: ["a", "x", "c"] }, "b");
    expect(found).not.toHaveProperty("calibration");
    expect(found).not.toHaveProperty("rejection");
    expect(found.promptNames).toEqual(["a", "c"]);
    expect(parseAdapter("a", Buffer.concat(serializeAdapter(found)))).toEqual(found);
  });

  test("leaves two classes at least", () => {
    const two = removeClass(adapter, "b");
    expect(() => removeClass(two, "a")).toThrow(DataError);
    expect(() => removeClass(two, "a")).toThrow(
      'class "a": expected an adapter of more than 2 classes, as there must be some to tell apart, got 2.',
    );
  });
});

describe("of a method on features", () => {
  const together = defineFeatureMethod({
    kind: "features",
    name: "means",
    title: "Means",
    description: "",
    source: "",
    options: z.strictObject({}),
    fit: () => Promise.reject(new Error("nothing is fitted")),
    score: () => Promise.reject(new Error("nothing is scored")),
  });
  const weights = createTensor("float32", [3, 1], Float32Array.of(1, 2, 3));
  const adapter = sampleAdapter({
    method: "means@lamm",
    classNames: ["a", "b", "c"],
    parameters: { weights },
  });

  test("a class cannot be taken out where all were fitted together", () => {
    const remove = () => removeClass(adapter, "b", [lamm, together]);
    expect(remove).toThrow(ConfigError);
    expect(remove).toThrow(
      'method "means@lamm": expected a method that learns each class by itself, got one that is fitted to the pictures of all classes together. Train again without the class.',
    );
  });

  test("it is where the method says how", () => {
    const apart = defineFeatureMethod({
      ...together,
      dropClass: ({ tensors }, c) => ({
        weights: createTensor(
          "float32",
          [2, 1],
          tensors.weights?.data.filter((_, row) => row !== c) as Float32Array,
        ),
      }),
    });
    const found = removeClass(adapter, "b", [lamm, apart]);
    expect(found.parameters.weights?.data).toEqual(Float32Array.of(1, 3));
    expect(found.textFeatures?.shape).toEqual([2, 4]);
  });
});
