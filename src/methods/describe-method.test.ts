import { expect, test } from "vitest";
import { z } from "zod";
import { describeMethod } from "./describe-method.ts";
import { defineFeatureMethod } from "./feature-method.ts";
import { methods } from "./methods.ts";

test.each(methods)("$name says what each of its options is", (method) => {
  const { options, needs, schedules, source } = describeMethod(method);
  expect(options.map(({ name }) => name)).toEqual(Object.keys(method.options.shape));
  for (const { description, values } of options) {
    expect(description).not.toBe("");
    expect(values).not.toBe("");
    expect(values).not.toContain("text");
  }
  expect(source).toMatch(/20\d\d/);
  expect(needs).toBe(method.name.startsWith("maple") ? "pictures" : "features");
  expect(schedules.length > 0).toBe(method.kind === "prompts");
});

test("values and defaults are the schema's", () => {
  const method = defineFeatureMethod({
    kind: "features",
    name: "any",
    title: "Any",
    description: "does anything",
    source: "nobody",
    options: z.strictObject({
      many: z.int().positive().default(3).describe("how many"),
      some: z.int().min(2).max(9).optional().describe("some"),
      much: z.number().positive().optional().describe("how much"),
      free: z.number().optional().describe("any number"),
      word: z.string().default("x").describe("a word"),
      isOn: z.boolean().default(false).describe("whether"),
      either: z
        .union([z.enum(["all", "none"]), z.number().min(0)])
        .default("all")
        .describe("either"),
    }),
    fit: () => Promise.reject(new Error("nothing is fitted")),
    score: () => Promise.reject(new Error("nothing is scored")),
  });
  const { options, ...rest } = describeMethod(method);
  expect(rest).toEqual({
    name: "any",
    title: "Any",
    description: "does anything",
    source: "nobody",
    kind: "features",
    needs: "features",
    schedules: [],
  });
  expect(options.map(({ name, values, default: preset }) => [name, values, preset])).toEqual([
    ["many", "a whole number from 1", 3],
    ["some", "a whole number from 2 to 9", undefined],
    ["much", "a number above 0", undefined],
    ["free", "a number", undefined],
    ["word", "text", "x"],
    ["isOn", "true, false", false],
    ["either", "all, none, or a number from 0", "all"],
  ]);
});
