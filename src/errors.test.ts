import { expect, test } from "vitest";
import * as errors from "./errors.ts";

const details = { where: "here", expected: "this", got: "that", fix: "Do so." };

/** Every class of errors that has a code of its own. */
const classes = Object.values(errors).filter(
  (value): value is typeof errors.DataError =>
    "prototype" in value && value.prototype instanceof errors.LammError,
);

test("there are classes to make errors of", () => {
  expect(classes).toContain(errors.DataError);
});

test.each(classes)("an error is made again of its parts: $name", (ErrorClass) => {
  const error = new ErrorClass(details);
  const restored = errors.restoreError(error.code, error.details);
  expect(restored).toStrictEqual(error);
  expect(restored).toBeInstanceOf(ErrorClass);
  expect(restored.name).toBe(ErrorClass.name);
});

test("an error of another code is made again without a class", () => {
  const restored = errors.restoreError("ERR_OTHER", details);
  expect(restored.code).toBe("ERR_OTHER");
  expect(restored.message).toBe("here: expected this, got that. Do so.");
});
