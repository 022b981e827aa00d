import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConcepts } from "../concepts.ts";
import { LABEL_SETS, labelsOf } from "./labels.ts";
import { domains, pools } from "./pools.ts";
import type { Theme } from "./theme.ts";
import { classesOf } from "./theme-classes.ts";
import { themes, themesNamed } from "./themes.ts";

const vocabulary = new Set(
  loadConcepts().flatMap(({ name, keywords }) => wordsOf([name, ...keywords].join(" "))),
);
const pretraining = JSON.parse(readFileSync(join(import.meta.dirname, "..", "pretrain.json"), "utf8"));

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^\p{L}\p{N}-]+/u);
}

test("there are eleven themes of 10 to 40 classes", () => {
  expect(themes).toHaveLength(11);
  expect(new Set(themes.map(({ name }) => name)).size).toBe(11);
  for (const theme of themes) {
    const count = classesOf(theme).length;
    expect(count, theme.name).toBeGreaterThanOrEqual(10);
    expect(count, theme.name).toBeLessThanOrEqual(40);
  }
});

describe.each(themes.map((theme) => [theme.name, theme] as const))("%s", (_, theme) => {
  const classes = classesOf(theme);

  test.each(Object.entries({ ...pools, ...domains }))("has artwork for each class in %s", (_, { styles }) => {
    const bare = classes.filter(
      ({ concepts }) => !concepts.some((concept) => styles.some((style) => concept.styles.includes(style))),
    );
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  test("has names that for the most part are words of the captions, and for some are not those of the concepts", () => {
    const isKnown = ({ name }: { name: string }) => wordsOf(name).every((word) => vocabulary.has(word));
    expect(classes.filter(isKnown).length / classes.length).toBeGreaterThan(0.45);
    const ownName = classes.filter(({ name, concepts }) =>
      concepts.some((concept) => concept.name.toLowerCase().includes(name)),
    );
    expect(ownName.length / classes.length).toBeLessThan(0.6);
  });

  test("shows no concept in two classes", () => {
    const concepts = classes.flatMap((own) => own.concepts.map(({ hexcode }) => hexcode));
    expect(new Set(concepts).size).toBe(concepts.length);
  });

  test.each(LABEL_SETS)("has a label of its own for each class among %s, and none is its name", (set) => {
    const labels = labelsOf(set, classes);
    expect(new Set(labels).size).toBe(classes.length);
    expect(labels).not.toContain("");
    const kept = classes.filter(({ name }, index) => labels[index] === name);
    // Loan words are the same in German.
    expect(kept.length).toBeLessThanOrEqual(set === "german" ? classes.length / 2 : 0);
  });
});

test("train, val and test have no style in common, and pre-training none of train, test and domains", () => {
  const styles = Object.values(pools).flatMap((pool) => pool.styles);
  expect(new Set(styles).size).toBe(styles.length);
  const unseen = [pools.train, pools.test, ...Object.values(domains)].flatMap((pool) => pool.styles);
  for (const style of pretraining.source.options.styles) expect(unseen).not.toContain(style);
});

test("finds themes by name, and refuses names that there are not", () => {
  expect(themesNamed(["food", "animals"]).map(({ name }) => name)).toEqual(["animals", "food"]);
  expect(() => themesNamed(["food", "foods"])).toThrow(
    /^themes: expected some of animals, .*, got "foods"\.$/,
  );
});

test("refuses a class whose concept there is not", () => {
  const theme: Theme = { name: "odd", classes: { dog: ["dog face"], llama: ["lama"] } };
  expect(() => classesOf(theme)).toThrow(
    'benchmark odd, class "llama": expected concepts of picture-world, got "lama".',
  );
});
