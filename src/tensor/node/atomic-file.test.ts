import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { StorageError } from "../../errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";

vi.mock("node:fs", async (importOriginal) => {
  const original = await importOriginal<typeof fs>();
  return { ...original, writeSync: vi.fn(original.writeSync), fsyncSync: vi.fn(original.fsyncSync) };
});

const root = fs.mkdtempSync(join(tmpdir(), "lamm-atomic-file-"));
let folder = root;
beforeEach(() => {
  vi.clearAllMocks();
  folder = fs.mkdtempSync(join(root, "case-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

function fail(code: string): never {
  throw Object.assign(new Error(`${code}: failed`), { code });
}

test("writes text, bytes and pieces, and leaves nothing else in the folder", () => {
  writeFileAtomically(join(folder, "text"), "größer");
  writeFileAtomically(join(folder, "bytes"), Uint8Array.of(1, 2));
  writeFileAtomically(join(folder, "pieces"), [Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)]);
  expect(fs.readFileSync(join(folder, "text"), "utf8")).toBe("größer");
  expect([...fs.readFileSync(join(folder, "bytes"))]).toEqual([1, 2]);
  expect([...fs.readFileSync(join(folder, "pieces"))]).toEqual([1, 2, 3]);
  expect(fs.readdirSync(folder).sort()).toEqual(["bytes", "pieces", "text"]);
});

test("replaces an earlier file, after flushing the new one", () => {
  const path = join(folder, "file");
  writeFileAtomically(path, "old");
  vi.mocked(fs.fsyncSync).mockImplementationOnce(() => expect(fs.readFileSync(path, "utf8")).toBe("old"));
  writeFileAtomically(path, "new");
  expect(fs.readFileSync(path, "utf8")).toBe("new");
  expect(fs.fsyncSync).toHaveBeenCalled();
});

test("goes on after a short write", () => {
  vi.mocked(fs.writeSync).mockImplementationOnce((descriptor) => fs.writeSync(descriptor, Buffer.from("12")));
  writeFileAtomically(join(folder, "file"), "12345");
  expect(fs.readFileSync(join(folder, "file"), "utf8")).toBe("12345");
});

test("a full disk keeps the earlier file and leaves nothing behind", () => {
  const path = join(folder, "file");
  writeFileAtomically(path, "old");
  vi.mocked(fs.writeSync).mockImplementationOnce(() => fail("ENOSPC"));
  const write = () => writeFileAtomically(path, "new");
  expect(write).toThrow(
    `${path}: expected a file that can be written, got a full disk (ENOSPC). Free some space and try again; ` +
      "an earlier file of this name is as it was.",
  );
  expect(fs.readFileSync(path, "utf8")).toBe("old");
  expect(fs.readdirSync(folder)).toEqual(["file"]);
  write();
  expect(fs.readFileSync(path, "utf8")).toBe("new");
});

test("names a missing folder, a file in place of a folder, and a folder in place of the file", () => {
  const missing = () => writeFileAtomically(join(folder, "none", "file"), "");
  expect(missing).toThrow(StorageError);
  expect(missing).toThrow("got a folder that does not exist (ENOENT). Create the folder first.");
  fs.writeFileSync(join(folder, "file"), "");
  expect(() => writeFileAtomically(join(folder, "file", "inside"), "")).toThrow("not a folder (ENOTDIR)");
  expect(() => writeFileAtomically(folder, "")).toThrow(/got a folder of that name \(EISDIR\)/);
});

test("shows the system's words for other errors", () => {
  vi.mocked(fs.writeSync).mockImplementationOnce(() => fail("EIO"));
  expect(() => writeFileAtomically(join(folder, "file"), "x")).toThrow(
    "expected a file that can be written, got EIO: failed.",
  );
});
