import type { Tensor } from "./tensor.ts";

const FLOAT16_PATTERNS = 1 << 16;

/** Value of each float16 bit pattern, filled at first use: looking up is several times faster than decoding. */
let float16Values: Float32Array | undefined;

/**
 * Elements of a tensor as float32. float16, bfloat16 and small integers widen exactly; float64, int64 and int32 round.
 *
 * @returns the tensor's own array where it is float32 already
 */
export function toFloat32(tensor: Tensor): Float32Array {
  const { dtype, data } = tensor;
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array) return Float32Array.from(data, Number);
  if (data instanceof Uint16Array) return dtype === "bfloat16" ? widenBfloat16(data) : widenFloat16(data);
  return new Float32Array(data);
}

function widenBfloat16(patterns: Uint16Array): Float32Array {
  const bits = new Uint32Array(patterns.length);
  for (let i = 0; i < bits.length; i++) bits[i] = patterns[i]! << 16;
  return new Float32Array(bits.buffer);
}

function widenFloat16(patterns: Uint16Array): Float32Array {
  float16Values ??= Float32Array.from({ length: FLOAT16_PATTERNS }, (_, pattern) => decodeFloat16(pattern));
  const values = new Float32Array(patterns.length);
  for (let i = 0; i < values.length; i++) values[i] = float16Values[patterns[i]!]!;
  return values;
}

/** Value of an IEEE 754 binary16 bit pattern: 1 sign, 5 exponent and 10 fraction bits. */
function decodeFloat16(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
