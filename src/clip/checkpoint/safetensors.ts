import { z } from "zod";
import { ModelFileError } from "../../errors.ts";
import type { ByteSource } from "../../tensor/byte-source.ts";
import { bytesPerElement, type Dtype } from "../../tensor/dtype.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import type { StoredTensor } from "../../tensor/tensor.ts";
import { parseJsonObject } from "./parse-json.ts";

/** The largest CLIPs have under 2,000 tensors of about 120 header bytes; more than this is not a checkpoint's header. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;
/** As above; bounds the time that a hostile header can take. */
const MAX_TENSORS = 100_000;
/** Convolution weights have rank 4; NumPy and PyTorch stop at 64. */
const MAX_RANK = 8;
/** Bytes of the little-endian uint64 before the header. */
const LENGTH_BYTES = 8;

/** The format's code of each dtype. It has more, such as 8-bit floats, that no checkpoint of CLIP uses. */
export const codeOfDtype: Readonly<Record<Dtype, string>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  int64: "I64",
  int32: "I32",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};
const dtypes = Object.keys(codeOfDtype) as Dtype[];
const dtypeOfCode: ReadonlyMap<string, Dtype> = new Map(dtypes.map((dtype) => [codeOfDtype[dtype], dtype]));

/** Contents of a safetensors file: where its tensors lie, and the strings that came with them. */
export interface SafetensorsFile {
  /** By name, in the order of the data. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

const count = z.int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(count).max(MAX_RANK),
  data_offsets: z.tuple([count, count]),
});
/** Of pairs: a record drops a key called `__proto__`. */
const metadataSchema = z.array(z.tuple([z.string(), z.string()]));

/**
 * Reads the header of a safetensors file; no tensor is read.
 *
 * @param source the file; its tensors are given as the source gives them, byte ranges of a file or views of memory
 * @throws {ModelFileError} if the file is truncated or its header is not what the format demands, hostile ones included
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseSafetensors(source: ByteSource): SafetensorsFile {
  const dataStart = LENGTH_BYTES + readHeaderLength(source);
  const { metadata, entries } = parseHeader(source, dataStart);
  checkLayout(source.name, entries, source.byteLength - dataStart);
  const tensors = new Map(
    entries.map(({ name, dtype, shape, begin }) => [name, source.tensorAt(dtype, shape, dataStart + begin)]),
  );
  return { tensors, metadata };
}

function readHeaderLength(source: ByteSource): number {
  if (source.byteLength < LENGTH_BYTES) {
    throw damaged(source.name, `at least ${LENGTH_BYTES} bytes`, `a file of ${source.byteLength}`);
  }
  const bytes = source.read(0, LENGTH_BYTES);
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw damaged(
      source.name,
      `a header of at most ${MAX_HEADER_BYTES} bytes`,
      `a header length of ${length}`,
    );
  }
  if (LENGTH_BYTES + Number(length) > source.byteLength) {
    throw damaged(source.name, `a header of ${length} bytes`, `a file of ${source.byteLength} bytes`);
  }
  return Number(length);
}

function parseHeader(source: ByteSource, dataStart: number) {
  const json = source.read(LENGTH_BYTES, dataStart - LENGTH_BYTES);
  const header = parseJsonObject(`${source.name}, header`, json);
  const entries: Entry[] = [];
  let metadata = new Map<string, string>();
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = parseMetadata(source.name, value);
    else entries.push(parseEntry(`${source.name}, tensor "${name}"`, name, value));
  }
  if (entries.length > MAX_TENSORS) {
    throw damaged(source.name, `at most ${MAX_TENSORS} tensors`, `${entries.length}`);
  }
  return { metadata, entries: entries.sort((a, b) => a.begin - b.begin || a.end - b.end) };
}

function parseMetadata(name: string, value: unknown): Map<string, string> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const result = metadataSchema.safeParse(isObject ? Object.entries(value) : value);
  if (!result.success) {
    throw damaged(name, "strings in __metadata__", z.prettifyError(result.error).replaceAll("\n", " "));
  }
  return new Map(result.data);
}

function parseEntry(where: string, name: string, value: unknown): Entry {
  const result = entrySchema.safeParse(value);
  if (!result.success) {
    const got = z.prettifyError(result.error).replaceAll("\n", " ");
    throw damaged(where, `dtype, shape (rank up to ${MAX_RANK}) and data_offsets`, got);
  }
  const { dtype: code, shape, data_offsets } = result.data;
  const dtype = dtypeOfCode.get(code);
  if (dtype === undefined)
    throw damaged(where, `a dtype of ${[...dtypeOfCode.keys()].join(", ")}`, `"${code}"`);
  const [begin, end] = data_offsets;
  const byteLength = checkedByteLength(where, dtype, shape);
  if (end < begin || end - begin !== byteLength) {
    const expected = `${byteLength} bytes for ${code} ${formatShape(shape)}`;
    throw damaged(where, expected, `data_offsets [${begin}, ${end}]`);
  }
  return { name, dtype, shape, begin, end };
}

function checkedByteLength(where: string, dtype: Dtype, shape: Shape): number {
  let byteLength = bytesPerElement[dtype];
  for (const extent of shape) {
    byteLength *= extent;
    // Checked at each step: beyond 2^53 products round, and a later extent of 0 would hide the overflow.
    if (!Number.isSafeInteger(byteLength)) {
      throw damaged(where, "a shape of less than 2^53 bytes", formatShape(shape));
    }
  }
  return byteLength;
}

/** The format demands that the tensors fill the data exactly: what lies between them could be anything. */
function checkLayout(name: string, entries: readonly Entry[], dataLength: number): void {
  let position = 0;
  for (const entry of entries) {
    const where = `${name}, tensor "${entry.name}"`;
    if (entry.end > dataLength) {
      throw damaged(where, `data within the file's ${dataLength} bytes`, `an end at ${entry.end}`);
    }
    if (entry.begin < position) {
      throw damaged(where, `data from byte ${position} on`, `an overlap from ${entry.begin}`);
    }
    if (entry.begin > position) {
      throw damaged(where, `data from byte ${position} on`, `a hole up to ${entry.begin}`);
    }
    position = entry.end;
  }
  if (position < dataLength) {
    throw damaged(name, `${position} bytes of data`, `${dataLength - position} more that no tensor names`);
  }
}

function damaged(where: string, expected: string, got: string): ModelFileError {
  const fix = "The file is damaged or not a safetensors file; download it again.";
  return new ModelFileError({ where, expected, got, fix });
}
