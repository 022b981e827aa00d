import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const repository = join(import.meta.dirname, "..");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lamm-lint-"));
  for (const file of ["biome.json", "package.json"]) {
    await copyFile(join(repository, file), join(folder, file));
  }
});

afterAll(() => rm(folder, { recursive: true }));

/** Lints files with the project's rules and gives the names of those that they break. */
async function lint(files: Readonly<Record<string, string>>): Promise<string[]> {
  await rm(join(folder, "src"), { recursive: true, force: true });
  for (const [file, source] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), source);
  }
  const biome = join(repository, "node_modules", "@biomejs", "biome", "bin", "biome");
  const args = [biome, "lint", "--reporter=json", "src"];
  const report = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (_, stdout) => resolve(stdout));
  });
  const { diagnostics } = JSON.parse(report) as { diagnostics: { category: string }[] };
  return [...new Set(diagnostics.map(({ category }) => category))].sort();
}

test("files of 500 lines and function bodies of 80 are the most that passes", async () => {
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => line(index)).join("\n");
  const file = (count: number) => lines(count, (index) => `export const a${index} = 1;`);
  const functionOf = (count: number) =>
    `export function f(): void {\n${lines(count, () => "g();")}\n}\nfunction g() {}`;
  expect(await lint({ "src/file.ts": file(500), "src/function.ts": functionOf(80) })).toEqual([]);
  expect(await lint({ "src/file.ts": file(501) })).toEqual(["lint/style/noExcessiveLinesPerFile"]);
  expect(await lint({ "src/function.ts": functionOf(81) })).toEqual([
    "lint/complexity/noExcessiveLinesPerFunction",
  ]);
});

test("import cycles are refused, those of types alone as well", async () => {
  const cycle = (statement: string) => ({
    "src/a.ts": `${statement} { B } from "./b.ts";\nexport class A {\n  b: B | undefined;\n}`,
    "src/b.ts": 'import type { A } from "./a.ts";\nexport class B {\n  a: A | undefined;\n}',
  });
  expect(await lint(cycle("import type"))).toEqual(["lint/suspicious/noImportCycles"]);
});

test.each([
  ["a package that is not a dependency", 'import "lodash";', "correctness/noUndeclaredDependencies"],
  ["a package for development alone", 'import "vitest";', "correctness/noUndeclaredDependencies"],
  ["a default export", "export default 1;", "style/noDefaultExport"],
  ["any", "export const a: any = 1;", "suspicious/noExplicitAny"],
  ["console", "console.log(1);", "suspicious/noConsole"],
])("sources may not have %s", async (_, source, rule) => {
  expect(await lint({ "src/a.ts": source })).toEqual([`lint/${rule}`]);
});
