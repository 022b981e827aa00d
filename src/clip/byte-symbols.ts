/** Bytes that byte-level encoding writes as the character of the same number, first and last of each run. */
const WRITTEN_AS_THEMSELVES = [
  [0x21, 0x7e],
  [0xa1, 0xac],
  [0xae, 0xff],
] as const;
/** The other bytes, spaces and control characters among them, are written as characters from here on. */
const FIRST_STAND_IN = 0x100;

/** A byte and the character that stands for it in a vocabulary. */
export interface ByteSymbol {
  readonly byte: number;
  readonly character: string;
}

/** All 256 bytes in the order of their ids in OpenAI's vocabularies: those written as themselves first. */
export const byteSymbols: readonly ByteSymbol[] = (() => {
  const printable = WRITTEN_AS_THEMSELVES.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  const others = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !printable.includes(byte));
  return [
    ...printable.map((byte) => ({ byte, character: String.fromCharCode(byte) })),
    ...others.map((byte, index) => ({ byte, character: String.fromCharCode(FIRST_STAND_IN + index) })),
  ];
})();
