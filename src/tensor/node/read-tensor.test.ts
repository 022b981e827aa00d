import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ModelFileError, StorageError } from "../../errors.ts";
import { readFloat32, readTensor } from "./read-tensor.ts";

const folder = mkdtempSync(join(tmpdir(), "lamm-read-tensor-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, "values.bin");
writeFileSync(file, Uint8Array.of(9, 0x00, 0x00, 0x80, 0x3f, 0x00, 0x3c, 0x00, 0x40));

test("reads the byte range of a tensor, aligned or not, in its own dtype", () => {
  const one = readTensor({ dtype: "float32", shape: [1], file, byteOffset: 1 });
  expect(one).toEqual({ dtype: "float32", shape: [1], data: Float32Array.of(1) });
  const halves = readTensor({ dtype: "float16", shape: [2, 1], file, byteOffset: 5 });
  expect(halves).toEqual({ dtype: "float16", shape: [2, 1], data: Uint16Array.of(0x3c00, 0x4000) });
});

test("widens to float32", () => {
  expect([...readFloat32({ dtype: "float16", shape: [2], file, byteOffset: 5 })]).toEqual([1, 2]);
});

test("gives a tensor in memory as it is", () => {
  const tensor = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } as const;
  expect(readTensor(tensor)).toBe(tensor);
  expect(readFloat32(tensor)).toBe(tensor.data);
});

test("reads an empty tensor at the end of the file", () => {
  expect(readFloat32({ dtype: "float32", shape: [0, 4], file, byteOffset: 9 })).toEqual(new Float32Array(0));
});

test("refuses a range beyond the file", () => {
  const read = () => readFloat32({ dtype: "float32", shape: [2], file, byteOffset: 5 });
  expect(read).toThrow(ModelFileError);
  expect(read).toThrow(/values\.bin: expected 8 bytes at offset 5, got a file of 9 bytes\. .*truncated/);
});

test("names a missing file, and a folder in place of one", () => {
  const missing = () =>
    readFloat32({ dtype: "float32", shape: [], file: join(folder, "none"), byteOffset: 0 });
  expect(missing).toThrow(StorageError);
  expect(missing).toThrow(/none: expected a readable file, got ENOENT/);
  expect(() => readFloat32({ dtype: "float32", shape: [], file: folder, byteOffset: 0 })).toThrow(
    /expected a readable file, got a folder or device/,
  );
});
