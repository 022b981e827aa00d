import { describe, expect, test } from "vitest";
import { type Concept, loadConcepts } from "./concepts.ts";
import { checkConditions, conditionsFor, mayBeMirrored, STANDARD, V2 } from "./conditions.ts";

const named = (name: string) => loadConcepts().find((concept) => concept.name === name) as Concept;

test("concepts whose mirror image is something else are not mirrored", () => {
  const oneSided = ["right arrow", "keycap: 3", "Leo", "three o’clock", "left-facing fist", "ON! arrow"];
  expect(oneSided.filter((name) => mayBeMirrored(named(name)))).toEqual([]);
  const others = ["dog", "red apple", "sailboat", "grinning face", "violin"];
  expect(others.filter((name) => !mayBeMirrored(named(name)))).toEqual([]);
});

test("conditionsFor only changes the mirror images", () => {
  expect(conditionsFor(named("dog"), STANDARD)).toBe(STANDARD);
  expect(conditionsFor(named("right arrow"), STANDARD)).toEqual({ ...STANDARD, flip: 0 });
});

describe("checkConditions", () => {
  test("knows conditions by name", () => {
    expect(checkConditions("standard")).toBe(STANDARD);
    expect(checkConditions("v2")).toBe(V2);
  });

  test.each(["hard", "toString"])("refuses %s", (name) => {
    expect(() => checkConditions(name)).toThrow(`conditions: expected one of standard, v2, got "${name}".`);
  });
});

test("v2 is harder than standard", () => {
  expect(V2.scale[0]).toBeLessThan(STANDARD.scale[0]);
  for (const key of ["rotation", "overhang", "hue", "grey", "clutter", "hidden", "blur"] as const) {
    expect(V2[key]).toBeGreaterThan(STANDARD[key]);
  }
  expect(V2.noise[1]).toBeGreaterThan(STANDARD.noise[1]);
});
