import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sampleAdapter } from "../../test/support/sample-adapter.ts";
import { featureSet, writeFeatures } from "../../test/support/write-features.ts";
import { ConfigError, StorageError } from "../errors.ts";
import { saveAdapter } from "../training/node/save-adapter.ts";
import { checkOutFile } from "./check-out-file.ts";

let folder: string;
let adapter: string;
let features: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-out-"));
  adapter = join(folder, "adapter.safetensors");
  saveAdapter(adapter, sampleAdapter());
  features = writeFeatures(join(folder, "features.safetensors"), featureSet("train", [0, 1]));
});
afterEach(() => rmSync(folder, { recursive: true }));

const refusal = (out: string, ...inputs: string[]) => {
  const check = () => checkOutFile(out, inputs);
  expect(check).toThrow(ConfigError);
  return expect(check);
};

test("a new file and an adapter may be written, and nothing is left behind", () => {
  const before = readdirSync(folder);
  checkOutFile(join(folder, "new.safetensors"), [features, undefined, join(folder, "none")]);
  checkOutFile(adapter, [features]);
  expect(readdirSync(folder)).toEqual(before);
  checkOutFile(join(folder, "below", "new.safetensors"));
  expect(existsSync(join(folder, "below"))).toBe(true);
});

test("what is no adapter is not replaced", () => {
  const message = (out: string) =>
    `${out}: expected no file yet, or an adapter to replace, got something else, which would be lost. Name another file with --out.`;
  refusal(features).toThrow(message(features));
  const letter = join(folder, "letter.txt");
  writeFileSync(letter, "Dear reader");
  refusal(letter).toThrow(message(letter));
  const link = join(folder, "link.safetensors");
  symlinkSync(features, link);
  refusal(link).toThrow(message(link));
});

test("what the command reads is not replaced, whatever it is and by whatever name", () => {
  const message = (out: string, input: string) =>
    `${out}: expected a file to write that nothing is read from, got the same file as ${input}. Name another file with --out.`;
  refusal(features, features).toThrow(message(features, features));
  refusal(adapter, folder, adapter).toThrow(message(adapter, adapter));
  const link = join(folder, "link.safetensors");
  symlinkSync(adapter, link);
  refusal(link, adapter).toThrow(message(link, adapter));
  refusal(adapter, link).toThrow(message(adapter, link));
  const roundabout = `${folder}/./adapter.safetensors`;
  refusal(roundabout, adapter).toThrow(message(roundabout, adapter));
});

test("a folder is refused as before, and what is no file as well", () => {
  const below = join(folder, "below");
  mkdirSync(below);
  expect(() => checkOutFile(below, [below])).toThrow(StorageError);
  expect(() => checkOutFile(below, [below])).toThrow(
    `${below}: expected a file to write, got a folder. Name a file in it.`,
  );
  if (process.platform !== "win32") refusal("/dev/null").toThrow("which would be lost");
});
