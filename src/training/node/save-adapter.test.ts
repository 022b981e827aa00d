import { existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sampleAdapter } from "../../../test/support/sample-adapter.ts";
import { StorageError } from "../../errors.ts";
import { createTensor } from "../../tensor/tensor.ts";
import { readAdapter } from "./read-adapter.ts";
import { saveAdapter } from "./save-adapter.ts";

const folder = mkdtempSync(join(tmpdir(), "lamm-adapter-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a saved adapter is read again", () => {
  const path = join(folder, "a.safetensors");
  expect(saveAdapter(path, sampleAdapter())).toBe(statSync(path).size);
  expect(readAdapter(path)).toEqual(sampleAdapter());
});

test("one that cannot be written leaves the file that was there", () => {
  const path = join(folder, "kept.safetensors");
  saveAdapter(path, sampleAdapter());
  const data = new Float32Array(12).fill(Number.NaN);
  const diverged = sampleAdapter({ textFeatures: createTensor("float32", [3, 4], data) });
  expect(() => saveAdapter(path, diverged)).toThrow("expected finite numbers, got NaN as element 0.");
  expect(readAdapter(path)).toEqual(sampleAdapter());
  expect(() => saveAdapter(join(folder, "none", "a.safetensors"), sampleAdapter())).toThrow(StorageError);
  expect(existsSync(join(folder, "none"))).toBe(false);
});

test("a file that is not there, and a folder, are named", () => {
  expect(() => readAdapter(join(folder, "missing"))).toThrow(
    `${join(folder, "missing")}: expected an adapter that \`lamm train\` wrote, got no such file.`,
  );
  expect(() => readAdapter(folder)).toThrow(
    `${folder}: expected an adapter that \`lamm train\` wrote, got a folder.`,
  );
});

test("a file that no adapter could be as large as is not read", () => {
  const path = join(folder, "large");
  writeFileSync(path, "");
  // A hole: it takes no room on the disk.
  truncateSync(path, 2 ** 30 + 1);
  expect(() => readAdapter(path)).toThrow(`${path}: expected an adapter, got a file of 1073741825 bytes.`);
});
