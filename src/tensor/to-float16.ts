import { createTensor, type Tensor } from "./tensor.ts";

const FLOAT16_INFINITY = 0x7c00;
const FLOAT16_NAN = 0x7e00;

/**
 * A float32 tensor in half precision: each element becomes the nearest float16, the even one of two that are equally near, and
 * infinite from 65520 on.
 *
 * @returns bit patterns
 */
export function toFloat16({ shape, data }: Tensor<"float32">): Tensor<"float16"> {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const patterns = new Uint16Array(data.length);
  for (let i = 0; i < patterns.length; i++) patterns[i] = narrow(bits[i]!);
  return createTensor("float16", shape, patterns);
}

/** The binary16 pattern nearest to a binary32 pattern. */
function narrow(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | FLOAT16_NAN;
  // 65520, half-way between the largest number and the next one there would be.
  if (magnitude >= 0x477ff000) return sign | FLOAT16_INFINITY;
  const exponent = magnitude >>> 23;
  // From 2^-14 on a float16 is normal: the exponent's bias falls from 127 to 15, the fraction from 23 bits to 10.
  if (exponent >= 113) return sign | roundShift(magnitude - (112 << 23), 13);
  // Below, it counts units of 2^-24; less than half of one is 0.
  if (exponent < 102) return sign;
  return sign | roundShift((magnitude & 0x7fffff) | 0x800000, 126 - exponent);
}

/** `value / 2^shift`, rounded to the nearest integer, ties to even. */
function roundShift(value: number, shift: number): number {
  const half = (1 << (shift - 1)) - 1;
  return (value + half + ((value >>> shift) & 1)) >>> shift;
}
