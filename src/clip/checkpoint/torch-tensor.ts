import { z } from "zod";
import { ModelFileError } from "../../errors.ts";
import { type ByteSource, tensorOfBytes } from "../../tensor/byte-source.ts";
import { bytesPerElement, type Dtype } from "../../tensor/dtype.ts";
import { formatShape, type Shape, sizeOf, stridesOf } from "../../tensor/shape.ts";
import type { StoredTensor, Tensor } from "../../tensor/tensor.ts";

/** Convolution weights have rank 4. */
const MAX_RANK = 8;

/** A run of elements in a PyTorch file that one or more tensors view. */
export class TorchStorage {
  readonly dtype: Dtype;
  /** Length in elements. */
  readonly size: number;
  /** First byte in the source. */
  readonly byteOffset: number;

  constructor(dtype: Dtype, size: number, byteOffset: number) {
    this.dtype = dtype;
    this.size = size;
    this.byteOffset = byteOffset;
  }
}

/** How a tensor views its storage, all in elements. */
export interface StridedView {
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

const count = z.int().nonnegative();
const viewSchema = z.object({
  offset: count,
  shape: z.array(count).max(MAX_RANK),
  strides: z.array(count).max(MAX_RANK),
});

/**
 * Checks that a tensor's view, as a file gives it, lies within its storage.
 *
 * @throws {ModelFileError} if it does not, or has more elements than the storage
 */
export function checkView(
  where: string,
  storage: TorchStorage,
  values: Record<keyof StridedView, unknown>,
): StridedView {
  const result = viewSchema.safeParse(values);
  if (!result.success || result.data.shape.length !== result.data.strides.length) {
    throw damaged(where, `offset, shape and strides of rank up to ${MAX_RANK}`, "other values");
  }
  const { offset, shape, strides } = result.data;
  // An expanded tensor (stride 0) repeats elements: a small file could ask for any amount of memory.
  if (sizeOf(shape) > storage.size || offset + spanOf(result.data) > storage.size) {
    const got = `shape ${formatShape(shape)}, strides ${formatShape(strides)}, offset ${offset}`;
    throw damaged(where, `a tensor within its storage of ${storage.size} elements`, got);
  }
  return result.data;
}

/** Elements of the storage from the first to the last that a view uses, those between them included. */
export function spanOf({ shape, strides }: StridedView): number {
  if (sizeOf(shape) === 0) return 0;
  return shape.reduce((span, extent, axis) => span + (extent - 1) * (strides[axis] ?? 0), 1);
}

/** Whether a view's elements follow each other in the storage; axes of extent 1 may have any stride. */
export function isContiguous({ shape, strides }: StridedView): boolean {
  const contiguous = stridesOf(shape);
  return (
    sizeOf(shape) === 0 || shape.every((extent, axis) => extent === 1 || strides[axis] === contiguous[axis])
  );
}

/** The tensor of a contiguous view, left where it is. */
export function locateView(source: ByteSource, storage: TorchStorage, view: StridedView): StoredTensor {
  const byteOffset = storage.byteOffset + view.offset * bytesPerElement[storage.dtype];
  return source.tensorAt(storage.dtype, view.shape, byteOffset);
}

/** The tensor of any view, copied into memory in row-major order. */
export function gatherView(source: ByteSource, storage: TorchStorage, view: StridedView): Tensor {
  const width = bytesPerElement[storage.dtype];
  const elements = source.read(storage.byteOffset + view.offset * width, spanOf(view) * width);
  const gathered = new Uint8Array(sizeOf(view.shape) * width);
  const index = new Array<number>(view.shape.length).fill(0);
  let position = 0;
  for (let target = 0; target < gathered.length; target += width) {
    gathered.set(elements.subarray(position * width, (position + 1) * width), target);
    position += step(index, view);
  }
  return tensorOfBytes(storage.dtype, view.shape, gathered);
}

/** Moves an index to the next element in row-major order; returns how far that is in the storage. */
function step(index: number[], { shape, strides }: StridedView): number {
  let distance = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const at = (index[axis] ?? 0) + 1;
    const stride = strides[axis] ?? 0;
    if (at < (shape[axis] ?? 0)) {
      index[axis] = at;
      return distance + stride;
    }
    index[axis] = 0;
    distance -= (at - 1) * stride;
  }
  return distance;
}

function damaged(where: string, expected: string, got: string): ModelFileError {
  const fix = "The file is damaged or hostile; use a safetensors file of the same model.";
  return new ModelFileError({ where, expected, got, fix });
}
