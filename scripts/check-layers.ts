// Fails when a source file imports what it may not. Usage: node scripts/check-layers.ts [source folder]
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { checkImports } from "./layers/check-imports.ts";

const root = process.argv[2] ?? join(import.meta.dirname, "..", "src");
const files = globSync("**/*.ts", { cwd: root, exclude: ["**/*.test.ts"] }).sort();
const sources = new Map(
  files.map((file) => [file.split(sep).join("/"), readFileSync(join(root, file), "utf8")]),
);
const faults = files.length === 0 ? [`${root}: no TypeScript files`] : checkImports(sources);
if (faults.length > 0) {
  process.stderr.write(`${faults.join("\n")}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`The imports of ${files.length} files follow the layers.\n`);
}
