import { expect, test } from "vitest";
import { z } from "zod";
import { parseConfig } from "./parse-config.ts";

const schema = z.strictObject({ width: z.int().positive().multipleOf(64).default(64), name: z.string() });

test("defaults are filled in", () => {
  expect(parseConfig(schema, { name: "a" }, "model")).toEqual({ width: 64, name: "a" });
});

test.each([
  [{ name: "a", width: 96 }, "model, width: expected a multiple of 64, got 96."],
  [
    { name: "a", widht: 64 },
    'model: expected one of width, name, got the key "widht". Did you mean "width"?',
  ],
  [{ name: 3 }, "model, name: expected text, got 3."],
])("%j says what is allowed", (input, message) => {
  expect(() => parseConfig(schema, input, "model")).toThrow(message);
});
