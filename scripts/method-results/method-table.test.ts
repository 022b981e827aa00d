import { expect, test } from "vitest";
import { formatMethodTable } from "./method-table.ts";

test("means over seeds, an average with its deviation, and the median time", () => {
  const cell = (theme: string, seed: number, accuracy: number) => ({
    theme,
    method: "lamm",
    shots: 16,
    seed,
    accuracy,
    seconds: seed,
  });
  const cells = [cell("a", 1, 0.5), cell("a", 2, 0.7), cell("b", 1, 0.1), cell("b", 2, 0.3)];
  expect(formatMethodTable([...cells, { ...cell("a", 1, 0.25), method: "zero-shot" }])).toBe(
    [
      "|  | a | b | average | runs | s |",
      "| --- | --: | --: | --: | --: | --: |",
      "| lamm | 60.0 | 20.0 | 40.0 ± 14.1 | 4 | 2.0 |",
      "| zero-shot | 25.0 | - | 25.0 | 1 | 1.0 |",
      "",
    ].join("\n"),
  );
});
