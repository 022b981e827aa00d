import { describe, expect, test } from "vitest";
import { createRandom } from "../src/tensor/random.ts";
import { captionTexts, drawCaption, MOST_WORDS } from "./captions.ts";
import { wordsFor } from "./concept-words.ts";
import { type Concept, loadConcepts } from "./concepts.ts";
import { GROUP_NOUNS } from "./group-nouns.ts";
import { LOOKS } from "./looks.ts";

const named = (name: string) => loadConcepts().find((concept) => concept.name === name) as Concept;
const captionsOf = (name: string, count: number) => {
  const random = createRandom(5);
  return Array.from({ length: count }, () => drawCaption(named(name), random));
};

describe("wordsFor", () => {
  test("has the name, keywords and kinds of a concept", () => {
    const words = wordsFor(named("rabbit"));
    expect(words).toMatchObject({ name: "rabbit", kinds: ["animal", "mammal"] });
    expect([...words.telling, ...words.related]).toContain("bunny");
  });

  test("shortens names to what people say", () => {
    expect(wordsFor(named("dog face")).shortNames).toEqual(["dog"]);
    expect(wordsFor(named("grinning face")).shortNames).toEqual(["grinning smiley"]);
    expect(wordsFor(named("warning")).shortNames).toEqual([]);
    expect(wordsFor(named("man’s shoe"))).toMatchObject({ name: "man's shoe", shortNames: ["shoe"] });
  });

  test("drops punctuation that nobody says", () => {
    expect(wordsFor(named("piñata")).name).toBe("pinata");
    expect(wordsFor(named("keycap: 3")).name).toBe("keycap 3");
    expect(wordsFor(named("A button (blood type)")).name).toBe("a button");
    expect(wordsFor(named("Japanese “here” button")).name).toBe("japanese here button");
  });

  test("telling keywords belong to two concepts at most", () => {
    const counts = new Map<string, number>();
    for (const concept of loadConcepts()) {
      for (const keyword of wordsFor(concept).telling) counts.set(keyword, (counts.get(keyword) ?? 0) + 1);
    }
    expect(counts.size).toBeGreaterThan(500);
    expect([...counts].filter(([, count]) => count > 2)).toEqual([]);
  });

  test("every subgroup but one has a noun, and no noun a subgroup that there is not", () => {
    const subgroups = new Set(loadConcepts().map(({ subgroup }) => subgroup));
    const withoutNoun = [...subgroups].filter((subgroup) => GROUP_NOUNS[subgroup] === undefined);
    // Silhouettes and footprints.
    expect(withoutNoun).toEqual(["person-symbol"]);
    expect(Object.keys(GROUP_NOUNS).filter((subgroup) => !subgroups.has(subgroup))).toEqual([]);
  });
});

describe("drawCaption", () => {
  test("is short and in lower case, and filled in, for every concept and look", () => {
    const random = createRandom(2);
    for (const concept of loadConcepts()) {
      for (const look of [undefined, undefined, undefined, ...LOOKS]) {
        const caption = drawCaption(concept, random, look);
        expect(caption).toBe(caption.toLowerCase());
        expect(caption).not.toMatch(/[{}]|undefined| {2}|^$/);
        expect(caption.split(" ").length).toBeLessThanOrEqual(MOST_WORDS);
      }
    }
  });

  test("words one concept in many ways, the usual one most often", () => {
    const captions = captionsOf("lion", 1000);
    expect(new Set(captions).size).toBeGreaterThan(60);
    const counts = Map.groupBy(captions, (caption) => caption);
    const [[mostFrequent, times] = ["", []]] = [...counts].toSorted((a, b) => b[1].length - a[1].length);
    expect(mostFrequent).toBe("a photo of a lion.");
    expect(times.length).toBeGreaterThan(150);
    expect(captions.some((caption) => caption.includes("type of animal"))).toBe(true);
  });

  test("tells the look in most captions of a picture that has one", () => {
    const look = LOOKS.find(({ conditions }) => conditions.blur === 1);
    const random = createRandom(2);
    const captions = Array.from({ length: 400 }, () => drawCaption(named("lion"), random, look));
    const telling = captions.filter((caption) => /blurry|out of focus/.test(caption));
    expect(telling.length / captions.length).toBeGreaterThan(0.6);
    expect(telling.length / captions.length).toBeLessThan(0.8);
  });

  test("is the same from the same random numbers", () => {
    expect(captionsOf("violin", 20)).toEqual(captionsOf("violin", 20));
  });
});

test("captionTexts has names, keywords, kinds and looks of the concepts", () => {
  const texts = captionTexts([named("rabbit"), named("violin")], createRandom(1));
  expect(texts).toEqual(
    expect.arrayContaining(["rabbit", "violin", "bunny", "mammal", "a blurry photo of a thing."]),
  );
  expect(texts).toEqual(captionTexts([named("rabbit"), named("violin")], createRandom(1)));
});
