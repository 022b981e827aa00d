import { describe, expect, test } from "vitest";
import { isPaperAverage, isPaperModel, paperDatasets } from "./paper.ts";
import { initialisationAverages, lossPartAverages } from "./published-ablations.ts";
import { canonicalTarget, domainAccuracies, domainTargets } from "./published-domain.ts";
import { crossEntropyAverages, fewShotAverages } from "./published-few-shot.ts";
import { incrementalAccuracies } from "./published-incremental.ts";

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Printed numbers are rounded, and so are those that they are the mean of. */
const PRINTED = 0.0101;

describe("published numbers agree with each other", () => {
  test.each(Object.entries(incrementalAccuracies))("incremental, %s", (_, { set1After, set2, average }) => {
    expect(Object.keys(set1After).sort()).toEqual([...paperDatasets].sort());
    expect(Math.abs(mean(Object.values(set1After)) - average.set1After)).toBeLessThan(PRINTED);
    expect(Math.abs(mean(Object.values(set2)) - average.set2)).toBeLessThan(PRINTED);
    expect(average.set1After - average.set1Before).toBeCloseTo(average.degradation, 9);
  });

  test.each(Object.entries(domainAccuracies))("domain, %s", (_, { source, targets, average }) => {
    expect(Object.keys(targets)).toEqual(domainTargets);
    expect(Math.abs(mean([source, ...Object.values(targets)]) - average)).toBeLessThan(PRINTED);
  });

  test("the ablations end where the few-shot table does", () => {
    expect(initialisationAverages.words).toEqual(fewShotAverages.lamm);
    expect(lossPartAverages["CE+WC+COS+KD"]).toBe(fewShotAverages.lamm?.[16]);
    expect(lossPartAverages.CE).toBe(crossEntropyAverages.lamm?.[16]);
    expect(Object.keys(lossPartAverages)).toHaveLength(8);
  });
});

test("only the paper's CLIP stands beside the paper", () => {
  expect(
    ["ViT-B/16", "openai/clip-vit-base-patch16", "ViT-B/32", "lamm/picture-world"].map(isPaperModel),
  ).toEqual([true, true, false, false]);
});

test("only an average of the eleven data sets stands beside the paper's", () => {
  expect(isPaperAverage([...paperDatasets].reverse())).toBe(true);
  expect(isPaperAverage(paperDatasets.slice(1))).toBe(false);
  expect(isPaperAverage([...paperDatasets, "picture-world/animals"])).toBe(false);
  expect(isPaperAverage([...paperDatasets.slice(1), "DTD"])).toBe(false);
});

test("targets are known under their spellings", () => {
  expect(["ImageNetV2", "ImageNet-V2", "ImageNet-Sketch", "imagenet_sketch"].map(canonicalTarget)).toEqual([
    ...["imagenetv2", "imagenetv2", "imagenetsketch", "imagenetsketch"],
  ]);
});
