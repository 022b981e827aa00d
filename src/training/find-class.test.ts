import { expect, test } from "vitest";
import { findClass } from "./find-class.ts";

const adapter = { classNames: ["missile", "llama", "missile", "#1", "#0 again"] };

test("by name, and by index where two have one", () => {
  expect(findClass(adapter, "llama")).toBe(1);
  expect(findClass(adapter, "#2")).toBe(2);
});

test("a name goes before an index", () => {
  expect(findClass(adapter, "#1")).toBe(3);
});

test("of two classes with one name nobody guesses", () => {
  expect(() => findClass(adapter, "missile")).toThrow(
    'class "missile": expected a name that one class has, got 2 classes of that name. Say which by its index: "#0" or "#2".',
  );
});

test("what there is not is told with what there is", () => {
  expect(() => findClass(adapter, "lama")).toThrow(
    'class "lama": expected a class of the adapter, "missile", "llama", "missile", "#1", "#0 again", or "#0" to "#4", got none of that name. Did you mean "llama"?',
  );
  expect(() => findClass(adapter, "#5")).toThrow("got none of that name.");
  const many = { classNames: Array.from({ length: 12 }, (_, c) => `class ${c}`) };
  expect(() => findClass(many, "zebra")).toThrow('"class 9" and 2 more, or "#0" to "#11"');
});
