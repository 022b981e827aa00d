import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ModelFileError } from "../../errors.ts";
import { createMemorySource, tensorOfBytes } from "../../tensor/byte-source.ts";
import { bytesPerElement, type Dtype } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { codeOfDtype, parseSafetensors } from "./safetensors.ts";
import { writeSafetensors } from "./write-safetensors.ts";

/** A file with this header text, whatever it says, and this much data. */
function fileOf(header: string, dataLength = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function parse(bytes: Uint8Array) {
  return parseSafetensors(createMemorySource("model.safetensors", bytes));
}

function entry(dtype: string, shape: readonly number[], begin: number, end: number): string {
  return JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
}

const dtypes = Object.keys(bytesPerElement) as Dtype[];

const anyTensor = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.nat({ max: 4 }), { maxLength: 4 }),
  })
  .chain(({ dtype, shape }) => {
    const length = bytesPerElement[dtype] * sizeOf(shape);
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes): Tensor => tensorOfBytes(dtype, shape, bytes));
  });

const name = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: "grapheme" }).filter((text) => text !== "__metadata__") },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "0") },
);

describe("round trip", () => {
  test("what is written is read again, element by element", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, anyTensor), { maxLength: 6 }),
        fc.array(fc.tuple(name, fc.string()), { maxLength: 4 }),
        (tensors, metadata) => {
          const written = writeSafetensors(new Map(tensors), new Map(metadata));
          const file = parse(Buffer.concat(written));
          expect(new Map(file.tensors)).toEqual(new Map(tensors));
          expect(new Map(file.metadata)).toEqual(new Map(metadata));
        },
      ),
    );
  });

  test("the bytes do not depend on the order of insertion", () => {
    const a: Tensor = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) };
    const b: Tensor = { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) };
    const c: Tensor = { dtype: "int64", shape: [], data: BigInt64Array.of(5n) };
    const one = writeSafetensors(
      new Map([
        ["b", b],
        ["a", a],
        ["c", c],
      ]),
      new Map([
        ["y", "1"],
        ["10", "x"],
      ]),
    );
    const other = writeSafetensors(
      new Map([
        ["c", c],
        ["a", a],
        ["b", b],
      ]),
      new Map([
        ["10", "x"],
        ["y", "1"],
      ]),
    );
    expect(Buffer.concat(one)).toEqual(Buffer.concat(other));
    expect(new TextDecoder().decode(one[0]?.subarray(8)).trimEnd()).toBe(
      '{"__metadata__":{"10":"x","y":"1"},"c":{"dtype":"I64","shape":[],"data_offsets":[0,8]},' +
        '"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},' +
        '"b":{"dtype":"BOOL","shape":[3],"data_offsets":[16,19]}}',
    );
  });

  test("data begins at a multiple of 8, and every tensor at one of its element size", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, anyTensor), { maxLength: 6 }), (tensors) => {
        const pieces = writeSafetensors(new Map(tensors));
        expect((pieces[0]?.length ?? 0) % 8).toBe(0);
        const header = JSON.parse(new TextDecoder().decode(pieces[0]?.subarray(8)));
        for (const [key, { dtype }] of new Map(tensors)) {
          expect(header[key].data_offsets[0] % bytesPerElement[dtype]).toBe(0);
        }
      }),
    );
  });

  test("a tensor called __metadata__ is refused", () => {
    const tensor: Tensor = { dtype: "uint8", shape: [0], data: new Uint8Array(0) };
    expect(() => writeSafetensors(new Map([["__metadata__", tensor]]))).toThrow(
      "expected tensor names other than __metadata__",
    );
  });
});

test("reads a file whose header is not padded and whose entries are out of order", () => {
  const bytes = fileOf(`{"b":${entry("U8", [3], 1, 4)},"a":${entry("I8", [1], 0, 1)}}`, 4);
  bytes.set([1, 2, 3, 255], bytes.length - 4);
  const { tensors } = parse(bytes);
  expect([...tensors.keys()]).toEqual(["a", "b"]);
  expect(tensors.get("a")).toEqual({ dtype: "int8", shape: [1], data: Int8Array.of(1) });
  expect(tensors.get("b")).toEqual({ dtype: "uint8", shape: [3], data: Uint8Array.of(2, 3, 255) });
});

test("reads an empty file and empty tensors", () => {
  expect(parse(fileOf("{}")).tensors.size).toBe(0);
  expect(parse(fileOf(`{"a":${entry("F32", [0, 4], 0, 0)}}`)).tensors.get("a")?.shape).toEqual([0, 4]);
});

const f32 = (begin: number, end: number) => entry("F32", [1], begin, end);
const damaged: readonly [reason: string, bytes: Uint8Array, message: RegExp | string][] = [
  ["no bytes", new Uint8Array(0), "expected at least 8 bytes, got a file of 0"],
  [
    "a header length beyond the limit",
    new Uint8Array(16).fill(0xff),
    "expected a header of at most 16777216 bytes, got a header length of 18446744073709551615",
  ],
  [
    "a header length beyond the file",
    fileOf("{}").with(0, 200),
    "expected a header of 200 bytes, got a file of 10 bytes",
  ],
  ["invalid JSON", fileOf('{"a":'), /header: expected valid JSON, got .*JSON/],
  [
    "invalid UTF-8",
    fileOf("{}").with(9, 0xff),
    "header: expected valid JSON, got The encoded data was not valid",
  ],
  ["an array", fileOf("[]"), "header: expected a JSON object, got an array"],
  ["null", fileOf("null"), "header: expected a JSON object, got null"],
  [
    "a duplicate key",
    fileOf(`{"a":${f32(0, 4)},"a":${f32(4, 8)}}`, 8),
    'header: expected each key once, got "a" twice',
  ],
  [
    "a duplicate key inside an entry",
    fileOf('{"a":{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,8]}}', 8),
    'header: expected each key once, got "shape" twice',
  ],
  ["metadata that is not strings", fileOf('{"__metadata__":{"a":1}}'), "expected strings in __metadata__"],
  [
    "an entry that is not an object",
    fileOf('{"a":3}'),
    'tensor "a": expected dtype, shape (rank up to 8) and data_offsets, got',
  ],
  [
    "an unknown field",
    fileOf('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}', 4),
    /Unrecognized key.*"x"/,
  ],
  ["a negative extent", fileOf(`{"a":${entry("F32", [-1, -1], 0, 4)}}`, 4), "shape[0]"],
  ["a fractional extent", fileOf(`{"a":${entry("F32", [0.5], 0, 2)}}`, 2), "shape[0]"],
  [
    "a rank beyond the limit",
    fileOf(`{"a":${entry("U8", Array(9).fill(1), 0, 1)}}`, 1),
    "shape (rank up to 8)",
  ],
  [
    "a shape beyond safe integers",
    fileOf(`{"a":${entry("F32", [2 ** 40, 2 ** 40], 0, 4)}}`, 4),
    "expected a shape of less than 2^53 bytes, got [1099511627776, 1099511627776]",
  ],
  [
    "an overflow hidden by an extent of 0",
    fileOf(`{"a":${entry("F32", [2 ** 40, 2 ** 40, 0], 0, 0)}}`),
    "expected a shape of less than 2^53 bytes",
  ],
  [
    "a dtype that the format does not have",
    fileOf(`{"a":${entry("F3", [1], 0, 4)}}`, 4),
    `expected a dtype of ${Object.values(codeOfDtype).join(", ")}, got "F3"`,
  ],
  [
    "a byte length that is not the shape's",
    fileOf(`{"a":${entry("F32", [2], 0, 4)}}`, 4),
    'tensor "a": expected 8 bytes for F32 [2], got data_offsets [0, 4]',
  ],
  ["an end before the begin", fileOf(`{"a":${entry("F32", [1], 4, 0)}}`, 4), "got data_offsets [4, 0]"],
  [
    "data beyond the file",
    fileOf(`{"a":${entry("F32", [2], 0, 8)}}`, 4),
    'tensor "a": expected data within the file\'s 4 bytes, got an end at 8',
  ],
  [
    "overlapping data",
    fileOf(`{"a":${f32(0, 4)},"b":${f32(2, 6)}}`, 6),
    'tensor "b": expected data from byte 4 on, got an overlap from 2',
  ],
  [
    "a hole",
    fileOf(`{"a":${f32(0, 4)},"b":${f32(8, 12)}}`, 12),
    'tensor "b": expected data from byte 4 on, got a hole up to 8',
  ],
  [
    "data that no tensor names",
    fileOf(`{"a":${f32(0, 4)}}`, 9),
    "expected 4 bytes of data, got 5 more that no tensor names",
  ],
];

test.each(damaged)("refuses %s", (_, bytes, message) => {
  expect(() => parse(bytes)).toThrow(ModelFileError);
  expect(() => parse(bytes)).toThrow(message);
  expect(() => parse(bytes)).toThrow(/^model\.safetensors/);
});

test("refuses more tensors than a checkpoint has", () => {
  const fields = Array.from({ length: 100_001 }, (_, index) => `"${index}":${entry("U8", [0], 0, 0)}`);
  expect(() => parse(fileOf(`{${fields.join(",")}}`))).toThrow("expected at most 100000 tensors, got 100001");
});

test("whatever the bytes, the answer is a file or a ModelFileError", () => {
  const valid = Buffer.concat(
    writeSafetensors(new Map([["a", { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) }]])),
  );
  fc.assert(
    fc.property(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 }), (position, byte) => {
      try {
        parse(new Uint8Array(valid).with(position, byte));
      } catch (error) {
        expect(error).toBeInstanceOf(ModelFileError);
      }
    }),
    { numRuns: 500 },
  );
});
