import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../../tensor/random.ts";
import { drawFolds } from "./folds.ts";

test("each picture of a class of several is held out once, and leaves one of its class", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(sizes, fc.nat(99), (counts, seed) => {
      const labels = counts.flatMap((count, label) => Array<number>(count).fill(label));
      const folds = drawFolds({ labels, counts, random: createRandom(seed) });
      const several = labels.flatMap((label, i) => ((counts[label] ?? 0) > 1 ? [i] : []));
      expect(folds.flat().sort((a, b) => a - b)).toEqual(several);
      const fewest = Math.min(...counts.filter((count) => count > 1));
      expect(folds.length).toBe(several.length === 0 ? 0 : Math.min(4, fewest));
      for (const fold of folds) {
        counts.forEach((count, label) => {
          const out = fold.filter((picture) => labels[picture] === label).length;
          expect(count - out).toBeGreaterThan(0);
          // Stratified: a class is spread as evenly as it can be.
          if (count > 1) expect(Math.abs(out - count / folds.length)).toBeLessThan(1);
        });
      }
      const lengths = folds.map((fold) => fold.length);
      if (folds.length > 0) expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
    }),
  );
});
