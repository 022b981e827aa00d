import { expect, test } from "vitest";
import { formatTable } from "./format-table.ts";

const run = { method: "gda", seed: 1, logLoss: 0.5, seconds: 2, hyperparameters: {} };

test("a row a method, a column a number of shots, means over seeds", () => {
  const runs = [
    { ...run, shots: 1, accuracy: 0.5 },
    { ...run, shots: 16, accuracy: 0.8 },
    { ...run, shots: 16, accuracy: 0.9, seed: 2, seconds: 4 },
    { ...run, method: "proker", shots: 16, accuracy: 1 },
  ];
  expect(formatTable(runs)).toBe(
    "| Method | 1 | 16 | log-loss at 16 | seconds at 16 |\n" +
      "| --- | --: | --: | --: | --: |\n" +
      "| gda | 50.0 | 85.0 | 0.500 | 3.0 |\n" +
      "| proker | - | 100.0 | 0.500 | 2.0 |\n",
  );
});
