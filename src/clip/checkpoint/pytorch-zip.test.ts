import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  dict,
  global,
  int,
  type PickleParts,
  tensor,
  text,
  tuple,
  writePickle,
  writeTorchZip,
} from "../../../test/support/write-pickle.ts";
import { writeZip } from "../../../test/support/write-zip.ts";
import { ModelFileError } from "../../errors.ts";
import { createMemorySource } from "../../tensor/byte-source.ts";
import { withFileSource } from "../../tensor/node/file-source.ts";
import { readFloat32 } from "../../tensor/node/read-tensor.ts";
import { parsePytorchZip } from "./pytorch-zip.ts";
import { parseSafetensors } from "./safetensors.ts";

const golden = join(import.meta.dirname, "../../../test/golden");
const parse = (bytes: Uint8Array) => parsePytorchZip(createMemorySource("model.pt", bytes));
const parseGolden = (name: string) => withFileSource(join(golden, name), parsePytorchZip);

/** Storage "0": 0 to 11 as float32. */
const storages = { 0: new Uint8Array(Float32Array.from({ length: 12 }, (_, index) => index).buffer) };
const row = tensor({ size: 12, shape: [12], strides: [1] });

function valuesOf(value: PickleParts): number[] {
  const stored = parse(writeTorchZip(writePickle(dict({ w: value })), storages)).get("w");
  return stored === undefined ? [] : [...readFloat32(stored)];
}

describe("PyTorch's own files", () => {
  test("pytorch_model.bin equals model.safetensors, shared, transposed and mixed tensors included", () => {
    const expected = withFileSource(join(golden, "clip-vit.huggingface/model.safetensors"), parseSafetensors);
    const tensors = parseGolden("clip-vit.huggingface-bin/pytorch_model.bin");
    const superfluous = [...tensors.keys()].filter((name) => !expected.tensors.has(name));
    expect(superfluous).toEqual(["text_model.embeddings.position_ids"]);
    for (const [name, stored] of expected.tensors) {
      const own = tensors.get(name);
      expect(own, name).toBeDefined();
      if (own === undefined) continue;
      expect(own.shape, name).toEqual(stored.shape);
      expect(readFloat32(own), name).toEqual(readFloat32(stored));
    }
  });

  test("a TorchScript archive equals the safetensors file with the same names", () => {
    const expected = withFileSource(join(golden, "clip-vit.openai.safetensors"), parseSafetensors).tensors;
    const tensors = parseGolden("clip-vit.torchscript.pt");
    expect([...tensors.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, stored] of expected) {
      const own = tensors.get(name);
      if (own === undefined) continue;
      expect(own.shape, name).toEqual(stored.shape);
      expect(readFloat32(own), name).toEqual(readFloat32(stored));
    }
  });

  test("contiguous tensors stay in the file", () => {
    const tensors = parseGolden("clip-vit.huggingface-bin/pytorch_model.bin");
    const inMemory = [...tensors].filter(([, stored]) => !("file" in stored)).map(([name]) => name);
    expect(inMemory).toEqual(["text_projection.weight"]);
  });
});

describe("tensors", () => {
  test("are read at their offset, shape and strides", () => {
    expect(valuesOf(row)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(valuesOf(tensor({ size: 12, offset: 4, shape: [2, 2], strides: [2, 1] }))).toEqual([4, 5, 6, 7]);
    expect(valuesOf(tensor({ size: 12, offset: 1, shape: [3, 2], strides: [1, 3] }))).toEqual([
      1, 4, 2, 5, 3, 6,
    ]);
    expect(valuesOf(tensor({ size: 12, shape: [2, 3], strides: [0, 2] }))).toEqual([0, 2, 4, 0, 2, 4]);
    expect(valuesOf(tensor({ size: 12, offset: 11, shape: [], strides: [] }))).toEqual([11]);
    expect(valuesOf(tensor({ size: 12, shape: [0, 3], strides: [3, 1] }))).toEqual([]);
  });

  test("of any view equal indexing by strides", () => {
    const view = fc.record({
      offset: fc.nat({ max: 4 }),
      axes: fc.array(fc.record({ extent: fc.nat({ max: 3 }), stride: fc.nat({ max: 3 }) }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(view, ({ offset, axes }) => {
        let expected = [offset];
        for (const { extent, stride } of axes) {
          expected = expected.flatMap((at) =>
            Array.from({ length: extent }, (_, index) => at + index * stride),
          );
        }
        fc.pre(expected.every((at) => at < 12) && expected.length <= 12);
        const shape = axes.map(({ extent }) => extent);
        const strides = axes.map(({ stride }) => stride);
        expect(valuesOf(tensor({ size: 12, offset, shape, strides }))).toEqual(expected);
      }),
    );
  });

  test("in storages of other types keep their dtype", () => {
    const dtypes = ["Double", "Half", "BFloat16", "Long", "Int", "Char", "Byte", "Bool"].map((type) => {
      const value = tensor({ type: `${type}Storage`, size: 3, shape: [3], strides: [1] });
      return parse(writeTorchZip(writePickle(dict({ w: value })), storages)).get("w")?.dtype;
    });
    expect(dtypes).toEqual(["float64", "float16", "bfloat16", "int64", "int32", "int8", "uint8", "bool"]);
  });

  test("are found as parameters, in ordered dictionaries and in modules", () => {
    const parameter = [global("torch._utils", "_rebuild_parameter"), tuple(row, 0x88, "N"), "R"];
    const pairs = ["]", tuple(text("b"), row), "a"];
    const ordered = [global("collections", "OrderedDict"), tuple(pairs), "R", dict({ _metadata: "N" }), "b"];
    const list = [global("torch.jit._pickle", "build_intlist"), tuple("]"), "R"];
    const module = [
      global("__torch__.x", "Visual"),
      ")",
      0x81,
      dict({ c: row, sizes: list, training: 0x88 }),
      "b",
    ];
    const root = dict({ a: parameter, sub: ordered, visual: module, epoch: int(3) });
    const tensors = parse(writeTorchZip(writePickle(root), storages));
    expect([...tensors.keys()]).toEqual(["a", "sub.b", "visual.c"]);
  });

  test("are found in zip64 files", () => {
    const tensors = parse(writeTorchZip(writePickle(dict({ w: row })), storages, { zip64: true }));
    expect(tensors.get("w")?.shape).toEqual([12]);
  });
});

function refuse(bytes: Uint8Array, message: string | RegExp): void {
  expect(() => parse(bytes)).toThrow(ModelFileError);
  expect(() => parse(bytes)).toThrow(message);
}
describe("files of other kinds", () => {
  test("of PyTorch before 1.6 are refused with the way to convert them", () => {
    const legacy = Uint8Array.of(
      0x80,
      2,
      0x8a,
      10,
      0x6c,
      0xfc,
      0x9c,
      0x46,
      0xf9,
      0x20,
      0x6a,
      0xa8,
      0x50,
      0x19,
    );
    refuse(legacy, /got the older pickle format\. Convert it in PyTorch: torch\.save\(torch\.load\(/);
  });

  test("that are no zip, or a truncated one, are refused", () => {
    const whole = writeTorchZip(writePickle(dict({ w: row })), storages);
    const message =
      "model.pt: expected the end record of a zip file, got a file without one. The file is truncated";
    refuse(new Uint8Array(0), message);
    refuse(new Uint8Array(100), message);
    refuse(whole.subarray(0, -1), message);
  });

  test("with compressed, repeated or missing records are refused", () => {
    const bytes = writePickle(dict({}));
    refuse(
      writeZip([{ name: "m/data.pkl", bytes, method: 8 }]),
      'model.pt, entry "m/data.pkl": expected bytes stored as they are, got compressed ones',
    );
    const twice = { name: "m/data.pkl", bytes };
    refuse(writeZip([twice, twice]), 'expected each entry once, got "m/data.pkl" twice');
    refuse(
      writeZip([{ name: "m/x", bytes }]),
      "expected one folder with a data.pkl, as PyTorch writes, got 0",
    );
    refuse(
      writeZip([
        { name: "m/data.pkl", bytes },
        { name: "n/data.pkl", bytes },
      ]),
      "expected one folder with a data.pkl, as PyTorch writes, got 2",
    );
  });

  test("of big-endian machines are refused", () => {
    const file = (order: string) =>
      writeTorchZip(writePickle(dict({ w: row })), storages, {
        more: [{ name: "model/byteorder", bytes: Buffer.from(order) }],
      });
    expect(parse(file("little")).size).toBe(1);
    refuse(file("big"), 'expected little-endian tensors, got byte order "big"');
  });
});

test("whatever a byte is changed to, the answer is tensors or a ModelFileError", () => {
  for (const zip64 of [false, true]) {
    const valid = writeTorchZip(
      writePickle(dict({ w: row, t: tensor({ size: 12, shape: [3, 4], strides: [1, 3] }) })),
      storages,
      { zip64 },
    );
    fc.assert(
      fc.property(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 }), (position, byte) => {
        try {
          parse(valid.with(position, byte));
        } catch (error) {
          expect(error).toBeInstanceOf(ModelFileError);
        }
      }),
      { numRuns: 3000 },
    );
  }
});
