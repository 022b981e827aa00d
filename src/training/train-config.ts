import { z } from "zod";
import { parseConfig } from "./parse-config.ts";

/** Most augmented views of a picture. */
export const MAX_VIEWS = 1000;

const weight = z.number().nonnegative();

const lossSchema = z.strictObject({
  /** l1, of the distance of the label tokens from the original ones; 1 / shots if not given, a quarter of it with the fast schedule. */
  parameters: weight.optional(),
  /** l2, of the cosine distance of the text features from the original ones. */
  features: weight.default(1),
  /** l3, of the cross-entropy between learned and original predictions. */
  logits: weight.default(0.05),
  /** T, by which the logits are divided in the third part. */
  temperature: z.number().positive().default(2),
});

const schema = z.strictObject({
  /** What is trained. */
  method: z.enum(["lamm"]).default("lamm"),
  /** Pictures of each class to learn from; all there are if not given. */
  shots: z.int().positive().optional(),
  /** Seeds the draw of the shots, their views, their order and random initialisation. */
  seed: z.int().nonnegative().default(1),
  /** `fast` for few large steps, `published` for the paper's. */
  schedule: z.enum(["fast", "published"]).default("fast"),
  /** Epochs of the published schedule, evaluations of the fast one; 50 and 25 if not given. */
  epochs: z.int().positive().optional(),
  /** Augmented views of each picture; 1 is the centre crop alone. */
  views: z.int().positive().max(MAX_VIEWS).default(1),
  /** Prompt with `{}` for the class name. */
  template: z.string().default("a photo of a {}."),
  /** Tokens of each name that are learned. */
  tokens: z.union([z.enum(["shared", "all"]), z.int().positive()]).default("shared"),
  /** Where the tokens start: the class name's own embeddings, or N(0, 0.02). */
  initialisation: z.enum(["words", "random"]).default("words"),
  /** Weights of the hierarchical loss. */
  loss: lossSchema.default({ features: 1, logits: 0.05, temperature: 2 }),
});

/** What training can be set to; everything has a default. */
export type TrainConfigInput = z.input<typeof schema>;

/** What training is set to. */
export type TrainConfig = z.output<typeof schema>;

/**
 * Fills in the defaults; the result is frozen.
 *
 * @throws {ConfigError} naming an unknown key, with the nearest one that there is, or a value that is not allowed
 */
export function resolveTrainConfig(input: TrainConfigInput): TrainConfig {
  const config = parseConfig(schema, input, "training configuration");
  return Object.freeze({ ...config, loss: Object.freeze(config.loss) });
}
