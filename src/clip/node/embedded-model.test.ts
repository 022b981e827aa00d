import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeTinyClip } from "../../../test/support/cli/workspace.ts";
import { EMBEDDED_MODEL } from "./embedded-model.ts";
import { loadClip } from "./load-clip.ts";
import { parseModelName } from "./resolve-model.ts";

const root = mkdtempSync(join(tmpdir(), "lamm-embedded-"));
const modelsFolder = join(root, "models");
const folder = join(modelsFolder, "picture-world");

beforeAll(() => writeTinyClip(folder, 1));
afterAll(() => rmSync(root, { recursive: true }));

test("it is found by its id, and bears it by whatever path it is opened", async () => {
  const link = join(root, "link");
  symlinkSync(folder, link, "junction");
  for (const name of [EMBEDDED_MODEL, folder, `${folder}/../picture-world`, link]) {
    expect((await loadClip(name, { modelsFolder })).id).toBe(EMBEDDED_MODEL);
  }
});

test("a copy of it elsewhere bears its path, and has the same weights", async () => {
  const copy = join(root, "copy");
  cpSync(folder, copy, { recursive: true });
  const { id, weightsHash } = await loadClip(copy, { modelsFolder });
  expect(id).toBe(copy);
  expect(weightsHash).toBe((await loadClip(EMBEDDED_MODEL, { modelsFolder })).weightsHash);
});

test("its id means it wherever the program is started", () => {
  const elsewhere = join(root, "elsewhere");
  mkdirSync(join(elsewhere, EMBEDDED_MODEL), { recursive: true });
  const before = process.cwd();
  try {
    process.chdir(elsewhere);
    expect(parseModelName(EMBEDDED_MODEL, { modelsFolder })).toEqual({ kind: "embedded", path: folder });
    expect(parseModelName(`./${EMBEDDED_MODEL}`, { modelsFolder })).toMatchObject({ kind: "folder" });
  } finally {
    process.chdir(before);
  }
});

test("a package without it says so", async () => {
  const nowhere = join(root, "nowhere");
  await expect(loadClip(EMBEDDED_MODEL, { modelsFolder: nowhere })).rejects.toThrow(
    `model "lamm/picture-world": expected it in ${nowhere}, where the package has it, got no such folder. ` +
      "Install lamm again, or name another model.",
  );
});
