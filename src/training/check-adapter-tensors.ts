import { ModelFileError } from "../errors.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { isFileTensor, type StoredTensor, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";

/** Names of the text features among an adapter's tensors; the first of them that is there decides the width of both. */
const TEXT_FEATURES = "text_features";
const ORIGINAL_TEXT_FEATURES = "original_text_features";
/** Prefix of trained parameters among an adapter's tensors. */
const PARAMETER_PREFIX = "parameter.";
/** Prefix of learned prompts of the image tower, numbered from 0. */
const IMAGE_PROMPT_PREFIX = "image_prompt.";

/** Tensors of an adapter. */
export type AdapterTensors = Pick<
  Adapter,
  "textFeatures" | "originalTextFeatures" | "parameters" | "imagePrompts"
>;

/** What the tensors must fit, and what an error says besides. */
export interface TensorCheck {
  /** File or object that has them. */
  readonly where: string;
  /** C. */
  readonly classCount: number;
  /** What to do where they do not. */
  readonly fix: string;
}

/** Tensors under their names in the file. */
export function nameAdapterTensors({
  textFeatures,
  originalTextFeatures,
  parameters,
  imagePrompts = [],
}: AdapterTensors): Map<string, Tensor<"float32">> {
  return new Map([
    ...(textFeatures ? [[TEXT_FEATURES, textFeatures] as const] : []),
    ...(originalTextFeatures ? [[ORIGINAL_TEXT_FEATURES, originalTextFeatures] as const] : []),
    ...Object.entries(parameters).map(([name, tensor]) => [PARAMETER_PREFIX + name, tensor] as const),
    ...imagePrompts.map((tensor, depth) => [IMAGE_PROMPT_PREFIX + depth, tensor] as const),
  ]);
}

/**
 * Finds an adapter's tensors among those of a file, and checks them.
 *
 * @throws {ModelFileError} if there are none, or one is not float32, of a wrong shape, or has a number that is not finite
 */
export function checkAdapterTensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  check: TensorCheck,
): AdapterTensors {
  const features = [TEXT_FEATURES, ORIGINAL_TEXT_FEATURES].filter((name) => tensors.has(name));
  const width = tensors.get(features[0] ?? "")?.shape[1];
  const featuresOf = (name: string) =>
    features.includes(name) ? checkFeatures(name, tensors.get(name), width, check) : undefined;
  const textFeatures = featuresOf(TEXT_FEATURES);
  const originalTextFeatures = featuresOf(ORIGINAL_TEXT_FEATURES);
  const withPrefix = (prefix: string) => [...tensors].filter(([name]) => name.startsWith(prefix));
  const parameters = withPrefix(PARAMETER_PREFIX).map(([name, tensor]) => [
    name.slice(PARAMETER_PREFIX.length),
    checkFloat32(name, tensor, tensor.shape, check),
  ]);
  const imagePrompts = withPrefix(IMAGE_PROMPT_PREFIX).map((_, depth) => {
    const name = IMAGE_PROMPT_PREFIX + depth;
    const tensor = tensors.get(name);
    return checkFloat32(name, tensor, tensor?.shape ?? [], check);
  });
  // Nothing can be scored by neither.
  if (textFeatures === undefined && parameters.length === 0)
    checkFeatures(TEXT_FEATURES, undefined, width, check);
  return {
    ...(textFeatures && { textFeatures }),
    ...(originalTextFeatures && { originalTextFeatures }),
    parameters: Object.fromEntries(parameters),
    ...(imagePrompts.length > 0 && { imagePrompts }),
  };
}

/** Features of `C` classes; without a width there is nothing that any tensor could fit. */
function checkFeatures(
  name: string,
  tensor: StoredTensor | undefined,
  width: number | undefined,
  check: TensorCheck,
): Tensor<"float32"> {
  if (width) return checkFloat32(name, tensor, [check.classCount, width], check);
  throw faulty(name, `float32 [${check.classCount}, D], a row for each class`, describe(tensor), check);
}

function checkFloat32(
  name: string,
  tensor: StoredTensor | undefined,
  shape: Shape,
  check: TensorCheck,
): Tensor<"float32"> {
  if (tensor === undefined || !isFloat32(tensor) || !sameShape(tensor.shape, shape)) {
    const rows = shape.length === 2 && shape[0] === check.classCount ? ", a row for each class" : "";
    throw faulty(name, `float32 ${formatShape(shape)}${rows}`, describe(tensor), check);
  }
  const index = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (index === -1) return tensor;
  throw faulty(name, "finite numbers", `${tensor.data[index]} as element ${index}`, check);
}

/** Tensors of adapters are in memory: their files are small, and a browser has no others. */
function isFloat32(tensor: StoredTensor): tensor is Tensor<"float32"> {
  return tensor.dtype === "float32" && !isFileTensor(tensor);
}

function describe(tensor: StoredTensor | undefined): string {
  return tensor === undefined ? "no such tensor" : `${tensor.dtype} ${formatShape(tensor.shape)}`;
}

function faulty(name: string, expected: string, got: string, { where, fix }: TensorCheck): ModelFileError {
  return new ModelFileError({ where: `${where}, tensor "${name}"`, expected, got, fix });
}
