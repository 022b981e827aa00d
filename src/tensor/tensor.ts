import { ShapeError } from "../errors.ts";
import { type ArrayOf, bytesPerElement, type Dtype } from "./dtype.ts";
import { formatShape, type Shape, sizeOf } from "./shape.ts";

/** A dense row-major tensor in memory. */
export interface Tensor<D extends Dtype = Dtype> {
  readonly dtype: D;
  readonly shape: Shape;
  readonly data: ArrayOf[D];
}

/**
 * Makes a tensor around existing elements, without copying them.
 *
 * @throws {ShapeError} if the number of elements is not the shape's
 */
export function createTensor<D extends Dtype>(dtype: D, shape: Shape, data: ArrayOf[D]): Tensor<D> {
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError({
      where: "createTensor",
      expected: `${sizeOf(shape)} elements for ${dtype} ${formatShape(shape)}`,
      got: `${data.length}`,
    });
  }
  return { dtype, shape, data };
}

/** Makes a float32 tensor of zeros. */
export function zeros(shape: Shape): Tensor<"float32"> {
  return { dtype: "float32", shape, data: new Float32Array(sizeOf(shape)) };
}

/** Bytes that a tensor of this dtype and shape occupies. */
export function byteLengthOf(dtype: Dtype, shape: Shape): number {
  return bytesPerElement[dtype] * sizeOf(shape);
}

/**
 * A tensor that lies in a file: a byte range of it, without a copy in memory. The engine maps such a range where it can.
 */
export interface FileTensor {
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** Absolute path of the file, symbolic links resolved: the engine refuses to map a file through a link. */
  readonly file: string;
  /** First byte of the first element. */
  readonly byteOffset: number;
}

/** A constant of a graph or a checkpoint: in memory, or a byte range of a file. */
export type StoredTensor = Tensor | FileTensor;

/** Whether a stored tensor lies in a file. */
export function isFileTensor(tensor: StoredTensor): tensor is FileTensor {
  return "file" in tensor;
}
