import { expect, test } from "vitest";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { DataError } from "../errors.ts";
import { parseAdapter, serializeAdapter } from "./adapter-file.ts";
import { renameClass } from "./rename-class.ts";

const adapter = sampleAdapter({ classNames: ["cat", "dog", "bird"] });

test("a new name changes nothing else, and the one that was learned is kept", () => {
  const found = renameClass(adapter, "dog", " hound ");
  expect(found).toEqual({
    ...adapter,
    classNames: ["cat", "hound", "bird"],
    promptNames: ["cat", "dog", "bird"],
  });
  expect(parseAdapter("a", Buffer.concat(serializeAdapter(found)))).toEqual(found);
  expect(renameClass(found, "bird", "fowl").promptNames).toEqual(["cat", "dog", "bird"]);
});

test("the old name given back leaves no trace", () => {
  expect(renameClass(renameClass(adapter, "dog", "hound"), "hound", "dog")).toEqual(adapter);
  expect(renameClass(adapter, "dog", "dog")).toEqual(adapter);
});

test("an empty name and another class's are refused", () => {
  expect(() => renameClass(adapter, "dog", " ")).toThrow(
    'new name of class "dog": expected a name that says something, got " ".',
  );
  expect(() => renameClass(adapter, "dog", "cat")).toThrow(DataError);
  expect(() => renameClass(adapter, "dog", "cat")).toThrow(
    'new name of class "dog": expected a name that no other class has, got "cat". Choose another one, or remove that class first.',
  );
  expect(() => renameClass(adapter, "wolf", "fox")).toThrow('class "wolf": expected a class of the adapter');
});

test("as many names for prompts as classes, or the file is damaged", () => {
  const wrong = { ...adapter, promptNames: ["cat"] };
  expect(() => serializeAdapter(wrong)).toThrow("got promptNames: 1 names of 3 classes.");
});
