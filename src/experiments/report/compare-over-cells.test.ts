import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resultRow } from "../../../test/support/report/made-up-results.ts";
import type { ResultRow } from "../result-row.ts";
import { compareOverCells } from "./compare-over-cells.ts";

const cell = (method: string, dataset: string, seed: number, accuracy: number, shots = 16) =>
  resultRow({ method, dataset, seed, shots, metrics: { accuracy } });
const compare = (rows: readonly ResultRow[], first = "lamm", second = "coop") =>
  compareOverCells({ rows, metric: "accuracy", first: { method: first }, second: { method: second } });

describe("two methods", () => {
  test("over data sets: each counts once, however many cells it has", () => {
    const rows = [
      // +0.1 and +0.3 in DTD, +0.1 in EuroSAT, -0.1 in UCF101.
      ...[cell("lamm", "DTD", 1, 0.5), cell("coop", "DTD", 1, 0.4)],
      ...[cell("lamm", "DTD", 2, 0.7), cell("coop", "DTD", 2, 0.4)],
      ...[cell("lamm", "EuroSAT", 1, 0.6), cell("coop", "EuroSAT", 1, 0.5)],
      ...[cell("lamm", "UCF101", 1, 0.6), cell("coop", "UCF101", 1, 0.7)],
    ];
    const found = compare(rows);
    expect(found.difference).toBeCloseTo((0.2 + 0.1 - 0.1) / 3, 12);
    // t(0.975, 2) = 4.30265; deviation of 0.2, 0.1, -0.1 is 0.152753.
    expect(found.upper - found.difference).toBeCloseTo((4.30265 * 0.152753) / Math.sqrt(3), 5);
    expect(found.lower + found.upper).toBeCloseTo(2 * found.difference, 12);
    expect(found).toMatchObject({ unit: "data sets", units: 3, cells: 4, wins: 3, ties: 0, losses: 1 });
  });

  test("over seeds where there is one data set, with all shots of a seed as one", () => {
    const rows = [1, 2, 3].flatMap((seed) =>
      [1, 16].flatMap((shots) => [
        cell("lamm", "DTD", seed, 0.5 + 0.01 * seed, shots),
        cell("coop", "DTD", seed, 0.5, shots),
      ]),
    );
    const found = compare(rows);
    expect(found).toMatchObject({ unit: "seeds", units: 3, cells: 6, wins: 6 });
    expect(found.difference).toBeCloseTo(0.02, 12);
    expect(found.upper).toBeCloseTo(0.02 + (4.30265 * 0.01) / Math.sqrt(3), 6);
  });

  test("only cells that both have, and that are done", () => {
    const rows = [
      ...[cell("lamm", "DTD", 1, 0.5), cell("coop", "DTD", 2, 0.4)],
      ...[cell("lamm", "UCF101", 1, 0.5), cell("coop", "UCF101", 1, 0.5)],
      ...[cell("lamm", "SUN397", 1, 0.5), { ...cell("coop", "SUN397", 1, 0.5), state: "failed" as const }],
      resultRow({ method: "coop", dataset: "DTD", model: "RN50" }),
    ];
    const found = compare(rows);
    expect(found).toMatchObject({ difference: 0, cells: 1, ties: 1, wins: 0, losses: 0, units: 1 });
    expect([found.lower, found.upper]).toEqual([Number.NaN, Number.NaN]);
  });

  test("nothing in common is no difference", () => {
    expect(compare([cell("lamm", "DTD", 1, 0.5)])).toMatchObject({ difference: Number.NaN, cells: 0 });
  });

  test("accuracies that differ by rounding alone are equal", () => {
    expect(compare([cell("lamm", "DTD", 1, 0.1 + 0.2), cell("coop", "DTD", 1, 0.3)]).ties).toBe(1);
  });
});

test("zero-shot is compared with every cell of its data set", () => {
  const zeroShot = resultRow({ method: "zero-shot", shots: 0, seed: 0, metrics: { accuracy: 0.4 } });
  const rows = [zeroShot, cell("lamm", "DTD", 1, 0.5, 1), cell("lamm", "DTD", 2, 0.6, 16)];
  const found = compare(rows, "zero-shot", "lamm");
  expect(found).toMatchObject({ unit: "seeds", units: 2, cells: 2, losses: 2 });
  expect(found.difference).toBeCloseTo(-0.15, 12);
  expect(compare(rows, "lamm", "zero-shot").difference).toBeCloseTo(0.15, 12);
});

test("variants of one method", () => {
  const rows = [
    resultRow({ variant: "words", metrics: { accuracy: 0.6 } }),
    resultRow({ variant: "random", metrics: { accuracy: 0.5 } }),
  ];
  const found = compareOverCells({
    rows,
    metric: "accuracy",
    first: { method: "lamm", variant: "words" },
    second: { method: "lamm", variant: "random" },
  });
  expect(found).toMatchObject({ cells: 1, wins: 1 });
  expect(found.difference).toBeCloseTo(0.1, 12);
});

test("turned around, it is the same with the other sign", () => {
  const accuracy = fc.double({ min: 0, max: 1, noNaN: true });
  const cells = fc.array(fc.tuple(fc.constantFrom("DTD", "EuroSAT", "UCF101"), accuracy, accuracy), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(cells, (pairs) => {
      const rows = pairs.flatMap(([dataset, a, b], seed) => [
        cell("lamm", dataset, seed, a),
        cell("coop", dataset, seed, b),
      ]);
      const [there, back] = [compare(rows), compare(rows, "coop", "lamm")];
      expect(back.difference).toBeCloseTo(-there.difference, 12);
      expect([back.wins, back.ties, back.losses]).toEqual([there.losses, there.ties, there.wins]);
      expect(there.wins + there.ties + there.losses).toBe(there.cells);
      if (there.units > 1) expect(back.lower).toBeCloseTo(-there.upper, 10);
    }),
  );
});
