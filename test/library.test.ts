import { execFile } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAdapter } from "../src/node.ts";
import { createWorkspace, type Workspace } from "./support/cli/workspace.ts";
import { writePictures } from "./support/cli/write-pictures.ts";

const repository = join(import.meta.dirname, "..");

let work: Workspace;

beforeAll(async () => {
  work = await createWorkspace();
});

afterAll(() => work.remove());

/** The code of a section of the README. */
function codeOf(section: string): string {
  const readme = readFileSync(join(repository, "README.md"), "utf8");
  const code = new RegExp(`^## ${section}\n+\`\`\`ts\n([^]*?)^\`\`\`$`, "m").exec(readme)?.[1];
  if (code === undefined) throw new Error(`README.md has no code in the section "${section}"`);
  return code;
}

/** Replaces what must be there once. */
function replaceOnce(text: string, from: string, to: string): string {
  expect(text.split(from)).toHaveLength(2);
  return text.replace(from, () => to);
}

test("the README's program trains, saves, reads and predicts", async () => {
  await writePictures(work.path("photos"), { cat: 3, dog: 3 });
  await writePictures(work.path("new-pictures"), { cat: 1, dog: 1 }, 2);
  // The sources stand for the package, and a tiny CLIP for the one to download.
  const sources = pathToFileURL(join(repository, "src", "node.ts")).href;
  const code = replaceOnce(codeOf("In a program"), '"lamm/node"', JSON.stringify(sources));
  const program = work.path("program.mts");
  writeFileSync(program, replaceOnce(code, "openai/clip-vit-base-patch16", work.model));
  symlinkSync(join(repository, "node_modules"), work.path("node_modules"), "junction");
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { cwd: work.folder });
  // Node may warn of what is new in it.
  expect(stderr.replace(/^\(.*(ExperimentalWarning|--trace-warnings).*\n/gm, "")).toBe("");
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^new-pictures[\\/]cat[\\/]0\.png cat (0\.\d+|1)$/);
  expect(lines[1]).toMatch(/^new-pictures[\\/]dog[\\/]0\.png dog (0\.\d+|1)$/);
  expect(readAdapter(work.path("pets.safetensors")).config).toMatchObject({ shots: 16, seed: 1 });
});
