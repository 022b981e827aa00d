import { expect, test } from "vitest";
import { shotsPhrase } from "./shots-phrase.ts";

test("one has no plural", () => {
  expect([1, 2, 16].map(shotsPhrase)).toEqual(["1 shot", "2 shots", "16 shots"]);
});
