import fc from "fast-check";
import { expect, test } from "vitest";
import { findDuplicateKey } from "./find-duplicate-key.ts";

test("finds a key that an object has twice", () => {
  expect(findDuplicateKey('{"a": 1, "b": 2, "a": 3}')).toBe("a");
  expect(findDuplicateKey('{"x": [{"y" \n : {}, "y": 0}]}')).toBe("y");
});

test("sees through escapes in keys", () => {
  expect(findDuplicateKey('{"\\u0061": 1, "a": 2}')).toBe("a");
  expect(findDuplicateKey('{"\\\\": 1, "\\"": 2, "\\\\": 3}')).toBe("\\");
});

test("allows one key in several objects, and keys that equal values", () => {
  expect(findDuplicateKey('{"a": {"a": "a"}, "b": {"a": ["a", "a"]}, "c": "}{"}')).toBeUndefined();
});

test("finds none in what JSON.stringify writes", () => {
  fc.assert(fc.property(fc.json(), (json) => findDuplicateKey(json) === undefined));
});

test("finds any key that is repeated", () => {
  fc.assert(
    fc.property(fc.string(), fc.json(), (key, value) => {
      const quoted = JSON.stringify(key);
      expect(findDuplicateKey(`[{"": 0}, {${quoted}:${value}, ${quoted} : 1}]`)).toBe(key);
    }),
  );
});
