import { createHash } from "node:crypto";
import { z } from "zod";
import type { BatchRequest, CaptionedBatch, CreatePictureSource } from "../src/pretraining/picture-source.ts";
import { createRandomOrder, createStream } from "../src/pretraining/random-order.ts";
import type { Random } from "../src/tensor/random.ts";
import { parseConfig } from "../src/training/parse-config.ts";
import type { ArtworkLibrary } from "./artwork.ts";
import { createArtworkLibrary } from "./artwork.ts";
import { captionTexts, drawCaption } from "./captions.ts";
import type { Concept } from "./concepts.ts";
import { conceptsDrawnIn } from "./concepts.ts";
import type { ConditionsName, PictureConditions } from "./conditions.ts";
import { CONDITIONS, conditionsFor } from "./conditions.ts";
import { drawPicture } from "./draw-picture.ts";
import { emojiDataVersion } from "./emoji-records.ts";
import type { Style } from "./icon-set.ts";
import { loadIconSet, STYLES } from "./icon-set.ts";
import type { Look } from "./looks.ts";
import { LOOKS } from "./looks.ts";

/** Changes with every change of what the generator draws or words. */
const GENERATOR_VERSION = 1;

/** Share of pictures that are drawn to have a look that captions tell. */
const LOOK_SHARE = 0.2;

/** Most artworks in small behind another one. */
const CLUTTER = 3;

/** What a stream of random numbers is for; streams of different uses have nothing in common. */
const STREAM = { order: 1, picture: 2, caption: 3, texts: 4 } as const;

const optionsSchema = z.strictObject({
  /** Styles that pictures are drawn in. */
  styles: z
    .array(z.enum(STYLES))
    .nonempty()
    .refine((styles) => new Set(styles).size === styles.length, { message: "each style once" }),
  /** How pictures are drawn. */
  conditions: z.enum(Object.keys(CONDITIONS) as ConditionsName[]).default("standard"),
  /** Different pictures, after which the first comes again, with another caption; without it, no picture comes twice. */
  pictures: z.int().positive().optional(),
});

/** What is drawn and worded in one place of a batch. */
interface Plan {
  readonly concept: Concept;
  readonly style: Style;
  readonly look: Look | undefined;
  readonly clutter: readonly { readonly concept: Concept; readonly style: Style }[];
  readonly random: Random;
}

/**
 * Pictures of the concepts that some styles draw, with captions. The concepts come in random order, each once before any
 * comes again, so that nearly all concepts of a batch differ.
 *
 * @param options `styles`: names of icon sets; `conditions`: `standard` (default) or `v2`; `pictures`: number of different
 *   pictures (default: unlimited)
 * @throws {ConfigError} if there is another key, or a value is not allowed
 * @example const source = await createPictureSource({ styles: ["noto", "fxemoji"] });
 */
export const createPictureSource: CreatePictureSource = async (options) => {
  const settings = parseConfig(optionsSchema, options, "picture-world's options");
  const { styles, pictures } = settings;
  const concepts = conceptsDrawnIn(styles);
  const conditions = CONDITIONS[settings.conditions];
  const library = createArtworkLibrary();
  const conceptAt = createRandomOrder(concepts, STREAM.order);
  const planOf = (seed: number, index: number): Plan => {
    const random = createStream(seed, STREAM.picture, index);
    const concept = conceptAt(seed, index);
    return { ...drawPlan(concept, concepts, styles, random), random };
  };
  return {
    identity: identify(settings, conditions),
    texts: captionTexts(concepts, createStream(0, STREAM.texts, 0)),
    batch: async ({ step, batchSize, imageSize, seed }) => {
      const first = step * batchSize;
      const indices = Array.from({ length: batchSize }, (_, i) => (first + i) % (pictures ?? Infinity));
      const plans = indices.map((index) => planOf(seed, index));
      return drawBatch({
        plans,
        conditions,
        library,
        imageSize,
        random: createStream(seed, STREAM.caption, step),
      });
    },
  };
};

/** Draws what there is to decide about a picture before its artwork is there. */
function drawPlan(
  concept: Concept,
  concepts: readonly Concept[],
  styles: readonly Style[],
  random: Random,
): Omit<Plan, "random"> {
  const styleOf = ({ styles: drawn }: Concept) =>
    pick(
      styles.filter((style) => drawn.includes(style)),
      random,
    );
  return {
    concept,
    style: styleOf(concept),
    look: random.random() < LOOK_SHARE ? pick(LOOKS, random) : undefined,
    clutter: Array.from({ length: CLUTTER }, () => {
      const other = pick(concepts, random);
      return { concept: other, style: styleOf(other) };
    }),
  };
}

async function drawBatch(options: {
  plans: readonly Plan[];
  conditions: PictureConditions;
  library: ArtworkLibrary;
  imageSize: BatchRequest["imageSize"];
  random: Random;
}): Promise<CaptionedBatch> {
  const { plans, conditions, library, imageSize } = options;
  const artworks = await Promise.all(
    plans.map(async ({ concept, style, clutter }) => ({
      artwork: await library.rgba(style, concept.hexcode),
      clutter: await Promise.all(clutter.map((other) => library.rgba(other.style, other.concept.hexcode))),
    })),
  );
  return {
    pictures: artworks.map((drawings, i) => {
      const { concept, look, random } = plans[i] as Plan;
      const own = { ...conditionsFor(concept, conditions), ...look?.conditions };
      return drawPicture({ ...drawings, conditions: own, random, imageSize });
    }),
    captions: plans.map(({ concept, look }) => drawCaption(concept, options.random, look)),
  };
}

function identify(settings: z.output<typeof optionsSchema>, conditions: PictureConditions): string {
  const artwork = settings.styles.map((style) => [style, loadIconSet(style).version]);
  const parts = { version: GENERATOR_VERSION, settings, conditions, artwork, emojibase: emojiDataVersion() };
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(items.length * random.random())] as T;
}
