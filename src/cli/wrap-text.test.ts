import { expect, test } from "vitest";
import { wrapText } from "./wrap-text.ts";

test("lines are as long as fits, the first one behind what stands before it", () => {
  expect(wrapText("a line of words", { columns: 12, indent: 2 })).toBe("a line of\n  words");
  expect(wrapText("a line of words", { columns: 9 })).toBe("a line of\nwords");
  expect(wrapText("a line of words", { columns: 80, indent: 4 })).toBe("a line of words");
});

test("a word that is longer than a line stays whole", () => {
  expect(wrapText("an incomprehensible word", { columns: 8, indent: 1 })).toBe(
    "an\n incomprehensible\n word",
  );
});
