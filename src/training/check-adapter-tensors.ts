import { ModelFileError } from "../errors.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { isFileTensor, type StoredTensor, type Tensor } from "../tensor/tensor.ts";

/** Names of the text features among an adapter's tensors; the learned ones decide the width of both. */
const TEXT_FEATURES = "text_features";
const ORIGINAL_TEXT_FEATURES = "original_text_features";
/** Prefix of trained parameters among an adapter's tensors. */
const PARAMETER_PREFIX = "parameter.";

/** Tensors of an adapter. */
export interface AdapterTensors {
  /** float32 `[C, D]`. */
  readonly textFeatures: Tensor<"float32">;
  /** float32 `[C, D]`. */
  readonly originalTextFeatures: Tensor<"float32">;
  /** float32 by name. */
  readonly parameters: Readonly<Record<string, Tensor<"float32">>>;
}

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
}: AdapterTensors): Map<string, Tensor<"float32">> {
  return new Map([
    [TEXT_FEATURES, textFeatures],
    [ORIGINAL_TEXT_FEATURES, originalTextFeatures],
    ...Object.entries(parameters).map(([name, tensor]) => [PARAMETER_PREFIX + name, tensor] as const),
  ]);
}

/**
 * Finds an adapter's tensors among those of a file, and checks them.
 *
 * @throws {ModelFileError} if one is missing, not float32, of a wrong shape, or has a number that is not finite
 */
export function checkAdapterTensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  check: TensorCheck,
): AdapterTensors {
  const width = tensors.get(TEXT_FEATURES)?.shape[1];
  const features = (name: string) => checkFeatures(name, tensors.get(name), width, check);
  const parameters = [...tensors]
    .filter(([name]) => name.startsWith(PARAMETER_PREFIX))
    .map(([name, tensor]) => [
      name.slice(PARAMETER_PREFIX.length),
      checkFloat32(name, tensor, tensor.shape, check),
    ]);
  return {
    textFeatures: features(TEXT_FEATURES),
    originalTextFeatures: features(ORIGINAL_TEXT_FEATURES),
    parameters: Object.fromEntries(parameters),
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
