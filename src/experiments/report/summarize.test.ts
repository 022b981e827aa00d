import { describe, expect, test } from "vitest";
import { resultRow } from "../../../test/support/report/made-up-results.ts";
import type { ResultRow } from "../result-row.ts";
import { mean, sampleDeviation } from "./statistics.ts";
import { metricOf, summarizeDatasets, summarizeSeeds } from "./summarize.ts";

const cell = (dataset: string, seed: number, accuracy: number) =>
  resultRow({ dataset, seed, metrics: { accuracy } });
const failed = (dataset: string, seed: number): ResultRow =>
  resultRow({ dataset, seed, state: "failed", metrics: {}, error: "broken" });

test("the deviation is the sample's, with n - 1", () => {
  expect(sampleDeviation([1, 2, 3, 4])).toBeCloseTo(Math.sqrt(5 / 3), 12);
  expect(sampleDeviation([7])).toBeNaN();
  expect(mean([])).toBeNaN();
});

describe("over seeds", () => {
  test("mean, deviation and n are of those that are done", () => {
    const rows = [cell("DTD", 1, 0.5), cell("DTD", 2, 0.6), failed("DTD", 3)];
    const summary = summarizeSeeds(rows, "accuracy");
    expect(summary.mean).toBeCloseTo(0.55, 12);
    expect(summary.deviation).toBeCloseTo(0.1 / Math.SQRT2, 12);
    expect([summary.count, summary.expected]).toEqual([2, 3]);
  });

  test("nothing done is no number, and nothing asked for is told apart", () => {
    expect(summarizeSeeds([failed("DTD", 1)], "accuracy")).toEqual({
      ...{ mean: Number.NaN, deviation: Number.NaN, count: 0, expected: 1 },
    });
    expect(summarizeSeeds([], "accuracy").expected).toBe(0);
  });

  test("a row without the metric, or with one that is no number, does not count", () => {
    expect(metricOf(resultRow(), "union")).toBeUndefined();
    expect(metricOf(resultRow(), "toString")).toBeUndefined();
    expect(metricOf(resultRow({ metrics: { accuracy: Number.NaN } }), "accuracy")).toBeUndefined();
    expect(metricOf(resultRow({ state: "waiting" }), "accuracy")).toBeUndefined();
  });
});

describe("over data sets", () => {
  test("the mean is of the means over seeds, the deviation of the averages of seeds that all have", () => {
    const rows = [
      ...[cell("DTD", 1, 0.4), cell("DTD", 2, 0.5), cell("DTD", 3, 0.9)],
      ...[cell("EuroSAT", 1, 0.6), cell("EuroSAT", 2, 0.8), failed("EuroSAT", 3)],
    ];
    const summary = summarizeDatasets(rows, "accuracy", ["DTD", "EuroSAT"]);
    expect(summary.mean).toBeCloseTo((0.6 + 0.7) / 2, 12);
    expect(summary.deviation).toBeCloseTo(sampleDeviation([0.5, 0.65]), 12);
    expect(summary).toMatchObject({ count: 2, expected: 3, datasets: 2, expectedDatasets: 2 });
  });

  test("says over how many data sets it is", () => {
    const rows = [cell("DTD", 1, 0.4), failed("EuroSAT", 1), cell("UCF101", 1, 0.9)];
    const summary = summarizeDatasets(rows, "accuracy", ["DTD", "EuroSAT"]);
    expect(summary).toMatchObject({ mean: 0.4, datasets: 1, expectedDatasets: 2, expected: 1 });
  });

  test("data sets without a common seed have a mean and no deviation", () => {
    const rows = [cell("DTD", 1, 0.4), cell("EuroSAT", 2, 0.6)];
    expect(summarizeDatasets(rows, "accuracy", ["DTD", "EuroSAT"])).toEqual({
      ...{ mean: 0.5, deviation: Number.NaN, count: 0, expected: 2, datasets: 2, expectedDatasets: 2 },
    });
  });
});
