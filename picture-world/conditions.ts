import { ConfigError } from "../src/errors.ts";
import type { Concept } from "./concepts.ts";

/** What may lie behind an artwork. */
export type BackgroundKind = "plain" | "gradient" | "stripes" | "checks" | "blobs" | "clouds";

/** Least and most of something drawn uniformly. */
export type Range = readonly [least: number, most: number];

/** How pictures are drawn: ranges, and probabilities in [0, 1]. */
export interface PictureConditions {
  /** Side of the artwork, as a share of the picture's side. */
  readonly scale: Range;
  /** Width of the artwork over its height, at most this factor either way. */
  readonly stretch: number;
  /** Largest turn either way, in degrees. */
  readonly rotation: number;
  /** Largest distance of the artwork from where it would still lie inside, as a share of the picture's side. */
  readonly overhang: number;
  /** Probability of the mirror image. */
  readonly flip: number;
  /** Largest turn of the hue either way, in degrees. */
  readonly hue: number;
  /** Factor on the saturation. */
  readonly saturation: Range;
  /** Factor on the brightness of the artwork. */
  readonly brightness: Range;
  /** Probability of an artwork without colour. */
  readonly grey: number;
  /** Weight of each background. */
  readonly backgrounds: Readonly<Record<BackgroundKind, number>>;
  /** Probability of other artworks, in small, behind. */
  readonly clutter: number;
  /** Probability that something covers a part. */
  readonly hidden: number;
  /** Side of what covers, as a share of the artwork's side. */
  readonly hiddenSide: Range;
  /** Probability of blur. */
  readonly blur: number;
  /** Standard deviation of the blur, as a share of the picture's side. */
  readonly blurWidth: Range;
  /** Standard deviation of noise on each channel, of 255. */
  readonly noise: Range;
  /** Factor on the whole picture's contrast around its middle grey. */
  readonly contrast: Range;
  /** Least difference between the background's colour and the artwork's mean colour, of 255 a channel. */
  readonly backgroundDistance: number;
}

/** Conditions of pre-training and of the benchmarks. */
export const STANDARD: PictureConditions = {
  scale: [0.6, 0.98],
  stretch: 1.12,
  rotation: 20,
  overhang: 0.04,
  flip: 0.5,
  hue: 12,
  saturation: [0.7, 1.25],
  brightness: [0.8, 1.15],
  grey: 0.04,
  backgrounds: { plain: 3, gradient: 3, stripes: 1.2, checks: 1, blobs: 1.5, clouds: 1.5 },
  clutter: 0.25,
  hidden: 0.2,
  hiddenSide: [0.2, 0.4],
  blur: 0.25,
  blurWidth: [0.006, 0.016],
  noise: [0, 8],
  contrast: [0.8, 1.1],
  backgroundDistance: 50,
};

/** Harder: smaller, more turned, cut off and covered, other colours and light, more noise. */
export const V2: PictureConditions = {
  scale: [0.48, 0.88],
  stretch: 1.3,
  rotation: 35,
  overhang: 0.06,
  flip: 0.5,
  hue: 30,
  saturation: [0.4, 1.5],
  brightness: [0.6, 1.3],
  grey: 0.1,
  backgrounds: { plain: 1, gradient: 1.5, stripes: 2, checks: 1.5, blobs: 2.5, clouds: 2.5 },
  clutter: 0.6,
  hidden: 0.35,
  hiddenSide: [0.3, 0.45],
  blur: 0.5,
  blurWidth: [0.007, 0.018],
  noise: [3, 14],
  contrast: [0.7, 1],
  backgroundDistance: 35,
};

/** The conditions by name. */
export const CONDITIONS = { standard: STANDARD, v2: V2 } as const satisfies Record<string, PictureConditions>;

/** Name of one of the {@link CONDITIONS}. */
export type ConditionsName = keyof typeof CONDITIONS;

/** Subgroups that a mirror changes or makes unreadable. */
const ONE_SIDED = new Set([
  "arrow",
  "av-symbol",
  "alphanum",
  "keycap",
  "punctuation",
  "currency",
  "math",
  "zodiac",
  "religion",
  "transport-sign",
  "warning",
  "other-symbol",
  "time",
]);

/** Whether a picture of the concept may be mirrored and still be one of it. */
export function mayBeMirrored({ name, subgroup }: Concept): boolean {
  return (
    !ONE_SIDED.has(subgroup) &&
    !/\b(left|right|leftwards|rightwards)\b|-facing|quarter|crescent|gibbous|hundred|calendar|medal/.test(
      name,
    )
  );
}

/** The conditions under which a concept's pictures are drawn: without mirror images where these would be something else. */
export function conditionsFor(concept: Concept, conditions: PictureConditions): PictureConditions {
  return mayBeMirrored(concept) ? conditions : { ...conditions, flip: 0 };
}

/**
 * Looks up named conditions.
 *
 * @throws {ConfigError} if there are none of that name
 */
export function checkConditions(name: string): PictureConditions {
  const known: Readonly<Record<string, PictureConditions>> = CONDITIONS;
  const conditions = Object.hasOwn(known, name) ? known[name] : undefined;
  if (conditions !== undefined) return conditions;
  const names = Object.keys(CONDITIONS).join(", ");
  throw new ConfigError({ where: "conditions", expected: `one of ${names}`, got: `"${name}"` });
}
