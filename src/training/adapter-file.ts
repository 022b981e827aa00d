import { z } from "zod";
import { parseJsonObject } from "../clip/checkpoint/parse-json.ts";
import { parseSafetensors } from "../clip/checkpoint/safetensors.ts";
import { writeSafetensors } from "../clip/checkpoint/write-safetensors.ts";
import { ModelFileError } from "../errors.ts";
import { createMemorySource } from "../tensor/byte-source.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { isFileTensor, type StoredTensor, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";

/** Format that this version writes; it reads this one alone. */
export const ADAPTER_FORMAT = 1;
/** Metadata key that makes a safetensors file an adapter. */
const FORMAT_KEY = "lamm.format";
/** Metadata key of everything else. */
const ADAPTER_KEY = "lamm.adapter";
/** Prefix of trained parameters among the tensors. */
const PARAMETER_PREFIX = "parameter.";

const schema = z.strictObject({
  method: z.string().min(1),
  baseModel: z.strictObject({
    id: z.string(),
    weightsHash: z.string().min(1),
    preprocessing: z.string().min(1),
  }),
  classNames: z.array(z.string()).min(1),
  template: z.string(),
  logitScale: z.number().positive(),
  config: z.record(z.string(), z.unknown()),
});

/**
 * Writes an adapter as a safetensors file. The same adapter gives the same bytes.
 *
 * @returns the file in pieces
 */
export function serializeAdapter(adapter: Adapter): Uint8Array[] {
  const { textFeatures, originalTextFeatures, parameters, ...rest } = adapter;
  const tensors = new Map<string, Tensor>([
    ["text_features", textFeatures],
    ["original_text_features", originalTextFeatures],
  ]);
  for (const [name, tensor] of Object.entries(parameters)) tensors.set(PARAMETER_PREFIX + name, tensor);
  const metadata = new Map([
    [FORMAT_KEY, String(ADAPTER_FORMAT)],
    [ADAPTER_KEY, JSON.stringify(schema.parse(rest))],
  ]);
  return writeSafetensors(tensors, metadata);
}

/**
 * Reads an adapter.
 *
 * @param name of the file, as errors show it
 * @throws {ModelFileError} if it is damaged, no adapter, of another version, or its tensors do not fit its classes
 */
export function parseAdapter(name: string, bytes: Uint8Array): Adapter {
  const { tensors, metadata } = parseSafetensors(createMemorySource(name, bytes));
  checkFormat(name, metadata.get(FORMAT_KEY));
  const parsed = schema.safeParse(parseJsonObject(name, metadata.get(ADAPTER_KEY) ?? ""));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(
      name,
      `metadata "${ADAPTER_KEY}" of an adapter`,
      `${issue?.path.join(".")}: ${issue?.message}`,
    );
  }
  const { classNames } = parsed.data;
  const width = tensors.get("text_features")?.shape[1] ?? 0;
  const features = (key: string) => floatTensor(name, key, tensors.get(key), [classNames.length, width]);
  const parameters = [...tensors]
    .filter(([key]) => key.startsWith(PARAMETER_PREFIX))
    .map(([key, stored]) => [
      key.slice(PARAMETER_PREFIX.length),
      floatTensor(name, key, stored, stored.shape),
    ]);
  return {
    ...parsed.data,
    textFeatures: features("text_features"),
    originalTextFeatures: features("original_text_features"),
    parameters: Object.fromEntries(parameters),
  };
}

function checkFormat(name: string, format: string | undefined): void {
  if (format === String(ADAPTER_FORMAT)) return;
  if (format === undefined) {
    throw damaged(
      name,
      "an adapter that lamm wrote",
      "a safetensors file without its metadata",
      "Give the file that `lamm train --out` wrote.",
    );
  }
  const isNewer = Number(format) > ADAPTER_FORMAT;
  throw damaged(
    name,
    `adapter format ${ADAPTER_FORMAT}`,
    `format ${format}`,
    isNewer ? "Update lamm." : "Train it again.",
  );
}

/** A tensor that must be float32, of a shape, and finite. */
function floatTensor(
  name: string,
  key: string,
  stored: StoredTensor | undefined,
  shape: Shape,
): Tensor<"float32"> {
  const where = `${name}, tensor "${key}"`;
  const expected = `float32 ${formatShape(shape)}`;
  if (
    stored === undefined ||
    stored.dtype !== "float32" ||
    !sameShape(stored.shape, shape) ||
    isFileTensor(stored)
  ) {
    throw damaged(
      where,
      expected,
      stored === undefined ? "nothing" : `${stored.dtype} ${formatShape(stored.shape)}`,
    );
  }
  const tensor = stored as Tensor<"float32">;
  if (!tensor.data.every(Number.isFinite)) throw damaged(where, "finite numbers", "others among them");
  return tensor;
}

function damaged(
  where: string,
  expected: string,
  got: string,
  fix = "The file is damaged; train it again.",
): ModelFileError {
  return new ModelFileError({ where, expected, got, fix });
}
