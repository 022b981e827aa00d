import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const read = (file: string) => readFile(join(import.meta.dirname, "..", file), "utf8");

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  /** Programs for other platforms: npm leaves out those that it cannot find, and then refuses to install from that file. */
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Folders whose `node_modules` a package looks into: its own, those around it, the top. */
function foldersAround(path: string): string[] {
  if (path === "") return [""];
  const above = path.slice(0, path.lastIndexOf("node_modules/"));
  return [`${path}/`, ...foldersAround(above.replace(/\/$/, ""))];
}

test("the lock file names no addresses", async () => {
  const text = await read("package-lock.json");
  expect(text).toContain('"integrity"');
  expect(text).not.toContain('"resolved"');
});

test("the lock file has all that its packages ask for, for every platform", async () => {
  const { packages } = JSON.parse(await read("package-lock.json")) as {
    packages: Record<string, LockedPackage>;
  };
  const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !foldersAround(path).some((folder) => `${folder}node_modules/${name}` in packages))
      .map((name) => `${name}, which ${path} asks for`),
  );
  expect(missing).toEqual([]);
});

test("each runtime dependency has its reason written down", async () => {
  const { dependencies } = JSON.parse(await read("package.json"));
  const record = await read("docs/decisions/0001-runtime-dependencies.md");
  const rows = [...record.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = ""]) => name);
  expect(rows.filter((name) => !name.startsWith("node:")).sort()).toEqual(Object.keys(dependencies).sort());
});
