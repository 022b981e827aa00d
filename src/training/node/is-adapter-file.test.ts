import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleAdapter } from "../../../test/support/sample-adapter.ts";
import { featureSet, writeFeatures } from "../../../test/support/write-features.ts";
import { StorageError } from "../../errors.ts";
import { isAdapterFile } from "./is-adapter-file.ts";
import { saveAdapter } from "./save-adapter.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-adapter-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("an adapter is one, of a later format too", () => {
  const path = join(folder, "adapter.safetensors");
  saveAdapter(path, sampleAdapter());
  expect(isAdapterFile(path)).toBe(true);
  const later = { classNames: ["a"], metadata: { "lamm.format": "99" } };
  expect(isAdapterFile(writeFeatures(join(folder, "later.safetensors"), {}, later))).toBe(true);
});

test("features, text and an empty file are none", () => {
  const features = writeFeatures(join(folder, "features.safetensors"), featureSet("train", [0, 1]));
  expect(isAdapterFile(features)).toBe(false);
  for (const content of ["", "This is a letter, longer than a header's length."]) {
    const path = join(folder, "letter.txt");
    writeFileSync(path, content);
    expect(isAdapterFile(path)).toBe(false);
  }
});

test("what cannot be read is an error", () => {
  expect(() => isAdapterFile(join(folder, "none"))).toThrow(StorageError);
  expect(() => isAdapterFile(join(folder, "none"))).toThrow("expected a readable file, got ENOENT");
});
