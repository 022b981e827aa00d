import { ModelFileError } from "../../errors.ts";

/** Ends the names of a GLOBAL; real ones are under 100 bytes. */
const NEWLINE = 0x0a;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A position in a pickle's bytes, from which the arguments of operations are read. */
export class PickleReader {
  /** File and record, as errors show them. */
  readonly where: string;
  /** Next byte to be read. */
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(where: string, bytes: Uint8Array) {
    this.where = where;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** Big-endian, as pickle has it. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** LONG1: a length in one byte, then that many bytes of a little-endian two's complement integer. */
  long1(): number | bigint {
    const bytes = this.bytes(this.uint8());
    const bits = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    const value = BigInt.asIntN(bytes.length * 8, bits);
    const narrowed = Number(value);
    return Number.isSafeInteger(narrowed) ? narrowed : value;
  }

  /** Text of this many bytes of UTF-8. */
  text(byteLength: number): string {
    const bytes = this.bytes(byteLength);
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw this.damaged("text in UTF-8", "other bytes", cause);
    }
  }

  /** Text up to a newline, which is skipped. */
  line(): string {
    const end = this.#bytes.indexOf(NEWLINE, this.position);
    if (end < 0) throw this.damaged("a newline after a name", "the end of the bytes");
    const text = this.text(end - this.position);
    this.position++;
    return text;
  }

  bytes(byteLength: number): Uint8Array {
    const start = this.#advance(byteLength);
    return this.#bytes.subarray(start, start + byteLength);
  }

  damaged(expected: string, got: string, cause?: unknown): ModelFileError {
    const fix = "The file is damaged or hostile; use a safetensors file of the same model.";
    return new ModelFileError({
      where: `${this.where}, byte ${this.position}`,
      expected,
      got,
      fix,
      cause,
    });
  }

  #advance(byteLength: number): number {
    const start = this.position;
    if (start + byteLength > this.#bytes.length) {
      throw this.damaged(`${byteLength} more bytes`, `the end at ${this.#bytes.length}`);
    }
    this.position += byteLength;
    return start;
  }
}
