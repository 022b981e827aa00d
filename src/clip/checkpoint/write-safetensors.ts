import { ConfigError } from "../../errors.ts";
import { bytesPerElement } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { codeOfDtype } from "./safetensors.ts";

/** Readers that map the file want the data at a multiple of the largest element. */
const ALIGNMENT = 8;

/**
 * Writes tensors in the safetensors format. The same input gives the same bytes: tensors are ordered by falling element
 * size, so that each is aligned, then by name, and metadata by key.
 *
 * @param tensors by name; "__metadata__" is not a possible name
 * @param metadata strings to go with them
 * @returns the file in pieces, header first; the pieces behind it are views of the tensors' own memory
 * @throws {ConfigError} if a tensor is called "__metadata__"
 * @see https://github.com/huggingface/safetensors#format
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array[] {
  if (tensors.has("__metadata__")) {
    throw new ConfigError({
      where: "writeSafetensors",
      expected: "tensor names other than __metadata__",
      got: "it",
    });
  }
  const ordered = [...tensors].sort(
    ([a, { dtype: left }], [b, { dtype: right }]) =>
      bytesPerElement[right] - bytesPerElement[left] || compareNames(a, b),
  );
  const fields: string[] = [];
  if (metadata.size > 0) fields.push(`"__metadata__":${writeMetadata(metadata)}`);
  let begin = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    const end = begin + data.byteLength;
    const entry = { dtype: codeOfDtype[dtype], shape, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    begin = end;
  }
  return [encodeHeader(`{${fields.join(",")}}`), ...ordered.map(([, { data }]) => bytesOf(data))];
}

/** Written field by field: an object would put number-like keys first, and has no own `__proto__`. */
function writeMetadata(metadata: ReadonlyMap<string, string>): string {
  const ordered = [...metadata].sort(([a], [b]) => compareNames(a, b));
  return `{${ordered.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
}

/** By code unit: locales differ between machines. */
function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function encodeHeader(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const padded = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(text, 8);
  return header;
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
