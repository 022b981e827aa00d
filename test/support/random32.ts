/**
 * Draws float32 numbers from [0, 1), the same for the same name: a hash of the name and a counter, mixed.
 *
 * @see Appleby, MurmurHash3, https://github.com/aappleby/smhasher (the finaliser)
 */
export function random32(name: string): () => number {
  let state = 0;
  for (const character of name) state = mix(state ^ (character.codePointAt(0) ?? 0));
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return Math.fround((mix(state) >>> 8) / 2 ** 24);
  };
}

function mix(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
