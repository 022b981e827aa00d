/** Extents of a tensor, outermost axis first. Every extent is known when a graph is built (see decisions/0002). */
export type Shape = readonly number[];

/**
 * Number of elements of a tensor.
 *
 * @param shape extents; `[]` is a scalar with one element
 */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Whether two shapes have the same rank and extents. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** Writes a shape as error messages show it, such as `[3, 512]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Shape that two tensors broadcast to by NumPy's rule: extents are aligned at the last axis, and an extent of 1 stretches.
 *
 * @returns the common shape, or `undefined` where two extents differ and neither is 1
 */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    result.push(left === 1 ? right : left);
  }
  return result;
}

/** Strides of a contiguous row-major tensor, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return strides;
}
