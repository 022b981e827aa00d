import { z } from "zod";
import { ModelFileError } from "../../errors.ts";

/** The widest CLIP is 1,792; beyond this a file is damaged, or hostile and after our memory. */
const MAX_WIDTH = 16_384;
/** The deepest CLIP has 56 layers. */
const MAX_LAYERS = 512;
/** Pixels along a side; the largest CLIPs take 448. */
const MAX_IMAGE_SIZE = 4096;
/** Tokens; OpenAI's vocabulary has 49,408, multilingual ones 250,000. */
const MAX_VOCABULARY = 4_000_000;
/** Token positions; OpenAI's models have 77, the longest open ones 248. */
const MAX_CONTEXT = 8192;

const upTo = (limit: number) => z.int().positive().max(limit);

/** Extents as configuration files may give them, within limits that no CLIP comes near. */
export const extents = {
  width: upTo(MAX_WIDTH),
  layers: upTo(MAX_LAYERS),
  heads: upTo(MAX_WIDTH),
  imageSize: upTo(MAX_IMAGE_SIZE),
  vocabularySize: upTo(MAX_VOCABULARY),
  contextLength: upTo(MAX_CONTEXT),
  epsilon: z.number().positive().max(0.1),
} as const;

/** A value for each of the channels red, green and blue. */
export type Rgb = readonly [number, number, number];

/** Mean and deviation of channels whose values lie in [0, 1]. */
export const channelMean = z.tuple([unit(), unit(), unit()]);
/** A deviation divides, so it cannot be near 0. */
export const channelStd = z.tuple([deviation(), deviation(), deviation()]);

function unit() {
  return z.number().min(0).max(1);
}

function deviation() {
  return z.number().min(1e-3).max(1);
}

/**
 * Checks what a configuration file says.
 *
 * @param where file, as errors show it
 * @throws {ModelFileError} naming each key with an impossible value
 */
export function checkAgainst<T>(where: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join(".") || "file"}: ${message}`);
  throw new ModelFileError({
    where,
    expected: "the configuration of a CLIP",
    got: issues.slice(0, 5).join("; "),
    fix: "Check that the files belong to a CLIP, and download them again.",
  });
}
