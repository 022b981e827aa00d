import { ConfigError } from "../../../src/errors.ts";
import type { PictureSource } from "../../../src/pretraining/picture-source.ts";
import { createRandom } from "../../../src/tensor/random.ts";

const COLOURS = { red: [220, 30, 30], green: [30, 180, 40], blue: [40, 60, 220], yellow: [230, 220, 40] };

/** A source of squares of one colour each: four captions, and pictures that even a tiny model tells apart. */
export async function createPictureSource(options: unknown): Promise<PictureSource> {
  const { failAt } = (options ?? {}) as { failAt?: number };
  const names = Object.keys(COLOURS) as (keyof typeof COLOURS)[];
  return {
    identity: "coloured squares",
    texts: names.map((name) => `a ${name} square`),
    async batch({ step, batchSize, imageSize, seed }) {
      if (step === failAt) {
        const details = {
          where: "coloured squares",
          expected: "another step",
          got: `${step}`,
          fix: "Go on.",
        };
        throw new ConfigError(details);
      }
      const random = createRandom(seed * 1000 + step);
      const drawn = Array.from({ length: batchSize }, () => names[random.randBelow(names.length)] ?? "red");
      const pictures = drawn.map((name) => {
        const colour = COLOURS[name];
        const data = Uint8Array.from(
          { length: 3 * imageSize * imageSize },
          (_, index) => (colour[index % 3] ?? 0) + random.randBelow(20),
        );
        return { width: imageSize, height: imageSize, data };
      });
      return { pictures, captions: drawn.map((name) => `a ${name} square`) };
    },
  };
}
