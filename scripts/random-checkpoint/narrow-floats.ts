const FLOAT16_INFINITY = 0x7c00;

/** Bit patterns of the nearest bfloat16 numbers (ties to even) to finite numbers. */
export function narrowToBfloat16(values: Float32Array): Uint16Array {
  return mapWords(values, (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16);
}

/** Bit patterns of the nearest float16 numbers (ties to even) to finite numbers; what is too large becomes infinite. */
export function narrowToFloat16(values: Float32Array): Uint16Array {
  return mapWords(values, narrowWord);
}

function mapWords(values: Float32Array, narrow: (word: number) => number): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const patterns = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) patterns[i] = narrow(words[i]!);
  return patterns;
}

/** From 8 exponent bits of bias 127 and 23 fraction bits to 5 of bias 15 and 10. */
function narrowWord(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 112;
  const fraction = word & 0x7fffff;
  if (exponent >= 31) return sign | FLOAT16_INFINITY;
  if (exponent > 0) return sign | shiftRounding((exponent << 23) | fraction, 13);
  // Below the smallest normal number the leading one is written out; 25 bits below it nothing is left.
  const shift = 14 - exponent;
  return shift > 24 ? sign : sign | shiftRounding(0x800000 | fraction, shift);
}

/** A carry out of the fraction goes on into the exponent, as it should. */
function shiftRounding(bits: number, shift: number): number {
  const half = 1 << (shift - 1);
  return (bits + half - 1 + ((bits >>> shift) & 1)) >>> shift;
}
