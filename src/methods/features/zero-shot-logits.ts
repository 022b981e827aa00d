import { ConfigError } from "../../errors.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import type { FeatureProblem } from "../feature-method.ts";
import { multiplyTransposed } from "./matrix-product.ts";

/** What zero-shot logits are made of. */
export interface ZeroShotInputs {
  /** Normalised, float32 `[N, D]`. */
  readonly features: Tensor<"float32">;
  /** Normalised, float32 `[C, D]`. */
  readonly textFeatures?: Tensor<"float32"> | undefined;
  /** s. */
  readonly logitScale: number;
  /** C. */
  readonly classCount: number;
}

/** `s f . g` of every picture and class, zeros where there are no text features: float64 `[N, C]`. */
export function zeroShotLogits(inputs: ZeroShotInputs): Tensor<"float64"> {
  const { features, textFeatures, logitScale, classCount } = inputs;
  if (textFeatures === undefined) {
    const rows = features.shape[0] ?? 0;
    return createTensor("float64", [rows, classCount], new Float64Array(rows * classCount));
  }
  const logits = multiplyTransposed(features, textFeatures);
  for (let i = 0; i < logits.data.length; i++) logits.data[i]! *= logitScale;
  return logits;
}

/** Zero-shot logits of the support set to choose hyper-parameters by: of text features that have not seen the picture. */
export function choiceLogits(problem: FeatureProblem): Tensor<"float64"> {
  return problem.heldOutLogits ?? zeroShotLogits(problem);
}

/**
 * The text features of a problem, for methods that are nothing without words.
 *
 * @param method its name, for the error
 * @throws {ConfigError} if there are none
 */
export function requireText(
  { textFeatures }: Pick<FeatureProblem, "textFeatures">,
  method: string,
): Tensor<"float32"> {
  if (textFeatures !== undefined) return textFeatures;
  throw new ConfigError({
    where: method,
    expected: "text features of the classes",
    got: "none",
    fix: `${method} needs text features; without them use gda, proker or linear-probe.`,
  });
}
