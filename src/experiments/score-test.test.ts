import { expect, test } from "vitest";
import { checkAllReadable } from "./score-test.ts";

test("a picture that cannot be read fails the cell", () => {
  expect(() => checkAllReadable("DTD", [])).not.toThrow();
  expect(() => checkAllReadable("DTD", [{ index: 0, path: "a.jpg", reason: "cut off" }])).toThrow(
    "DTD: expected pictures that can all be read, as a benchmark's number is of all of them, got 1 that cannot, the first: a.jpg (cut off). Get the data set again; lamm datasets says where.",
  );
});
