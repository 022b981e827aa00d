import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Files by their path below a folder, with what they contain. */
export type Tree = Readonly<Record<string, string | Uint8Array>>;

/** Writes files, with the folders that they lie in; gives the folder. */
export function writeTree(folder: string, tree: Tree): string {
  for (const [path, content] of Object.entries(tree)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

/** Empty files, such as pictures that nothing opens. */
export function emptyFiles(paths: readonly string[]): Tree {
  return Object.fromEntries(paths.map((path) => [path, ""]));
}
