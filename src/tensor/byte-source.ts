import { ModelFileError } from "../errors.ts";
import { type ArrayOf, bytesPerElement, type Dtype } from "./dtype.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { byteLengthOf, type StoredTensor, type Tensor } from "./tensor.ts";

/**
 * Random access to the bytes of a file, in memory or on disk. Parsers read the few bytes they need and name tensors by
 * their byte range, so that weights on disk stay there.
 */
export interface ByteSource {
  /** Path or name of the file, as errors show it. */
  readonly name: string;
  /** Length of the file in bytes. */
  readonly byteLength: number;
  /**
   * Reads a range.
   *
   * @throws {ModelFileError} if it reaches beyond the end
   */
  read(byteOffset: number, byteLength: number): Uint8Array;
  /** The tensor whose elements begin at `byteOffset`, little-endian and contiguous; the range has been checked. */
  tensorAt(dtype: Dtype, shape: Shape, byteOffset: number): StoredTensor;
}

/** Throws if a range is not inside a source. */
export function checkRange(source: ByteSource, byteOffset: number, byteLength: number): void {
  if (byteOffset >= 0 && byteLength >= 0 && byteOffset + byteLength <= source.byteLength) return;
  throw new ModelFileError({
    where: source.name,
    expected: `${byteLength} bytes at offset ${byteOffset}`,
    got: `a file of ${source.byteLength} bytes`,
    fix: "The file is truncated or damaged; download it again.",
  });
}

/** Makes a source of bytes that are in memory already; its tensors are views of them where alignment allows. */
export function createMemorySource(name: string, bytes: Uint8Array): ByteSource {
  const source: ByteSource = {
    name,
    byteLength: bytes.byteLength,
    read(byteOffset, byteLength) {
      checkRange(source, byteOffset, byteLength);
      return bytes.subarray(byteOffset, byteOffset + byteLength);
    },
    tensorAt: (dtype, shape, byteOffset) =>
      tensorOfBytes(dtype, shape, source.read(byteOffset, byteLengthOf(dtype, shape))),
  };
  return source;
}

/**
 * The tensor with these little-endian bytes: a view of them where they are aligned to the element size, else a copy.
 */
export function tensorOfBytes<D extends Dtype>(dtype: D, shape: Shape, bytes: Uint8Array): Tensor<D> {
  const aligned = bytes.byteOffset % bytesPerElement[dtype] === 0 ? bytes : bytes.slice();
  return { dtype, shape, data: viewAs(dtype, aligned, sizeOf(shape)) };
}

type Constructor<D extends Dtype> = new (
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
) => ArrayOf[D];

const arrayConstructors: { readonly [D in Dtype]: Constructor<D> } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
};

function viewAs<D extends Dtype>(dtype: D, bytes: Uint8Array, length: number): ArrayOf[D] {
  return new arrayConstructors[dtype](bytes.buffer, bytes.byteOffset, length);
}
