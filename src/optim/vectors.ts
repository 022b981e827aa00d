/** Elements that inner products are taken of. */
type Vector = Float32Array | Float64Array;

/** Inner product of two vectors of one length, in float64. */
export function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** 2-norm, in float64. */
export function norm(a: Vector): number {
  return Math.sqrt(dot(a, a));
}

/** Adds `factor` times a vector to another in place. */
export function addScaled(target: Float64Array, source: Vector, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + factor * source[i]!;
}
