import { ConfigError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { PictureSource } from "./picture-source.ts";

/**
 * Which text features the class names have, for every task: those that came with the pictures, unless a template is asked for;
 * then, and where none came, those of the model.
 *
 * @param template as it was given; `undefined` where it is left to its default, which asks for nothing
 * @returns those that came with the pictures, normalised, float32 `[C, D]`; `undefined` where the model is to make them, if there
 * is one
 * @throws {ConfigError} if a template is asked for and there is no model to encode it
 */
export function ownWords(
  { clip, textFeatures, path }: Pick<PictureSource, "clip" | "textFeatures" | "path">,
  template: string | readonly string[] | undefined,
): Tensor<"float32"> | undefined {
  if (template === undefined) return textFeatures;
  if (clip !== undefined) return undefined;
  throw new ConfigError({
    where: `${path}, template`,
    expected: "the model that the features are from, whose text tower encodes a template",
    got: "features alone",
    fix: "Name the model with --model, or leave the template out.",
  });
}
