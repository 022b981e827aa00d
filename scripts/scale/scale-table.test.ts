import { expect, test } from "vitest";
import { formatNumber, formatScaleTables } from "./scale-table.ts";

test("a table for each kind, with the cost of a class where there is a step", () => {
  const cells = [
    { kind: "step", size: 1000, names: "1", numbers: { "step, ms": 2500, "peak, MB": 1633.06 } },
    { kind: "step", size: 100, names: "1", numbers: { "step, ms": 250 } },
    { kind: "cache", size: 1_281_167, numbers: { "bytes a row": 2345.67 } },
  ];
  expect(formatScaleTables(cells)).toBe(
    [
      "**Steps over a batch**",
      "",
      "| classes | tokens of names | step, ms | peak, MB | a class, ms |",
      "| --: | --: | --: | --: | --: |",
      "| 100 | 1 | 250 | - | 2.50 |",
      "| 1,000 | 1 | 2,500 | 1,633 | 2.50 |",
      "",
      "**The feature cache**",
      "",
      "| rows | bytes a row |",
      "| --: | --: |",
      "| 1,281,167 | 2,346 |",
      "",
    ].join("\n"),
  );
});

test("numbers have three digits or more, and whole ones no fraction", () => {
  expect([0.5612, 12.34, 1234.5, 21_000, 5, Number.NaN].map(formatNumber)).toEqual([
    "0.56",
    "12.3",
    "1,235",
    "21,000",
    "5",
    "-",
  ]);
});
