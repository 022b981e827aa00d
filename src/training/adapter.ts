import { ModelFileError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { AdapterRejection, Calibration } from "./calibrate.ts";

/** Classes that joined an adapter later, as `addClasses` has them. */
export interface Addition {
  /** Names that they were given then. */
  readonly classes: readonly string[];
  /** What they learned to be told from: the classes that were there and each other, or each other alone. */
  readonly negatives: "old" | "none";
  /** Pictures that they were learned from; 0 where their words were enough. */
  readonly pictures: number;
  /** What their training was set to, as plain JSON. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Which model an adapter belongs to. */
export interface BaseModel {
  /** Finds the model again: a hub id or a path; or what a file of features says of its backbone. */
  readonly id: string;
  /** SHA-256 of its weights; what really decides. */
  readonly weightsHash: string;
  /** Identifies how pictures are prepared for it. */
  readonly preprocessing: string;
}

/**
 * A trained classifier: what `predict` needs beside the image tower of its base model. For most methods that train prompts it
 * is a matrix, the text features of the classes.
 */
export interface Adapter {
  /** Name of the method that trained it, such as `lamm`. */
  readonly method: string;
  readonly baseModel: BaseModel;
  /** Index is the class; two classes may have one name. */
  readonly classNames: readonly string[];
  /** Names in the prompts, which are what was learned, where classes have been renamed since; `[C]`. */
  readonly promptNames?: readonly string[];
  /** Prompt with `{}` for the class name. */
  readonly template: string;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
  /** Everything that training was set to, as plain JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * Whether the weight l1 of the tokens' distance, in `config.loss.parameters`, was given: then later classes are learned with it as
   * well. Absent where it went with the number of pictures.
   */
  readonly lossParametersGiven?: true;
  /** Classes that joined later, the first ones first; none if absent. */
  readonly additions?: readonly Addition[];
  /** Numbers that a method on features was given or chose on the support set, by name. */
  readonly hyperparameters?: Readonly<Record<string, number>>;
  /** What makes its probabilities honest; absent where it was not calibrated. */
  readonly calibration?: Calibration;
  /** When it takes a picture for none of its classes; absent where it was not calibrated. */
  readonly rejection?: AdapterRejection;
  /**
   * Normalised text features, float32 `[C, D]`: learned, or what a method on features builds on. Absent where prompts depend on the
   * picture, and where there are no words.
   */
  readonly textFeatures?: Tensor<"float32">;
  /** Normalised text features of the original prompts, float32 `[C, D]`: what CLIP's words alone give. Absent without words. */
  readonly originalTextFeatures?: Tensor<"float32">;
  /**
   * What was trained, float32 by name. Of prompts, what belongs to classes is `[C, rows, W]`, such as LAMM's `token_classes`, or
   * `[rows, W]` class by class where they have different numbers of rows; what they share has fewer axes and no `rowCounts`.
   */
  readonly parameters: Readonly<Record<string, Tensor<"float32">>>;
  /** Rows that each class has of a parameter where these differ between classes, `[C]` by name. */
  readonly rowCounts?: Readonly<Record<string, readonly number[]>>;
  /** Learned prompts of the image tower, each set float32 `[N, width]`; see `encodeVit`. */
  readonly imagePrompts?: readonly Tensor<"float32">[];
}

/**
 * Throws unless an adapter was trained for a model.
 *
 * @param name of the adapter's file, as the error shows it
 * @throws {ModelFileError} naming both models
 */
export function checkAdapterFits(name: string, { baseModel }: Adapter, model: BaseModel): void {
  const fits = baseModel.weightsHash === model.weightsHash && baseModel.preprocessing === model.preprocessing;
  if (fits) return;
  const show = ({ id, weightsHash, preprocessing }: BaseModel) =>
    `"${id}" (weights ${weightsHash.slice(0, 12)}, preprocessing ${preprocessing})`;
  throw new ModelFileError({
    where: name,
    expected: `the model it was trained for, ${show(baseModel)}`,
    got: show(model),
    fix: "Name that model with --model, or train an adapter for this one.",
  });
}
