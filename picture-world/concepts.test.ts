import { describe, expect, test } from "vitest";
import { conceptsDrawnIn, loadConcepts } from "./concepts.ts";
import { matchIcons } from "./icon-names.ts";
import { STYLES } from "./icon-set.ts";

describe("loadConcepts", () => {
  const concepts = loadConcepts();
  const named = (name: string) => concepts.find((concept) => concept.name === name);

  test("has more than 1,100 concepts that five styles and more draw", () => {
    expect(concepts).toHaveLength(1453);
    expect(concepts.filter(({ styles }) => styles.length >= 5)).toHaveLength(1105);
  });

  test("gives each concept once", () => {
    expect(new Set(concepts.map(({ hexcode }) => hexcode)).size).toBe(concepts.length);
    expect(new Set(concepts.map(({ name }) => name)).size).toBe(concepts.length);
  });

  test("has names, keywords and groups", () => {
    expect(named("red apple")).toMatchObject({
      hexcode: "1F34E",
      keywords: expect.arrayContaining(["fruit", "red"]),
      group: "food-drink",
      subgroup: "food-fruit",
    });
  });

  test("leaves out flags of countries, skin tones, hair and people who only differ by sex or direction", () => {
    for (const name of ["flag: France", "flag: Scotland", "light skin tone", "red hair"]) {
      expect(named(name)).toBeUndefined();
    }
    for (const name of ["man cook", "family: man, woman, boy", "person walking: facing right"]) {
      expect(named(name)).toBeUndefined();
    }
    for (const name of ["chequered flag", "cook", "kiss", "person walking"])
      expect(named(name)).toBeDefined();
  });

  test("is drawn in the styles that it names, and by no icon twice", () => {
    for (const style of STYLES) {
      const icons = concepts
        .filter(({ styles }) => styles.includes(style))
        .map((c) => matchIcons(style).get(c.hexcode));
      expect(icons).not.toContain(undefined);
      expect(new Set(icons).size).toBe(icons.length);
    }
  });
});

describe("conceptsDrawnIn", () => {
  test("keeps what one of the styles draws", () => {
    const drawn = conceptsDrawnIn(["fxemoji", "streamline-emojis"]);
    expect(drawn.length).toBeGreaterThan(800);
    for (const { styles } of drawn) {
      expect(styles.includes("fxemoji") || styles.includes("streamline-emojis")).toBe(true);
    }
    expect(conceptsDrawnIn([])).toEqual([]);
  });
});
