/**
 * Folders of `src/`, lowest first: a file may import from its own layer and from lower ones. Folders on one line do not see
 * each other.
 */
export const layers: readonly (readonly string[])[] = [
  ["tensor"],
  ["graph"],
  ["autodiff"],
  ["runtime", "optim"],
  ["clip"],
  ["methods"],
  ["training"],
  ["data"],
  ["pretraining"],
  ["tasks"],
  ["experiments"],
  ["demo"],
  ["cli"],
];

/** Layers that see fewer lower ones than the order allows. */
export const narrowLayers: ReadonlyMap<string, readonly string[]> = new Map([
  // The engine runs graphs and knows nothing of where they came from.
  ["runtime", ["tensor", "graph"]],
]);

/** Files of `src/` below all layers: any file may import them, they import nothing of ours. */
export const groundFiles: readonly string[] = ["errors.ts", "version.ts"];

/** The only files that import modules which a user names; what is behind such an import no rule can tell. */
export const openImportFiles: readonly string[] = ["pretraining/node/open-source.ts"];

/** Entry points of the package: they re-export, and no source file imports them. */
export const entryFiles: readonly string[] = ["index.ts", "node.ts", "web.ts"];

/** What the first line of a source file says when it runs in Node alone and its place does not say so. */
const NODE_ONLY_HEADER = /^\/\/ Node only\b/;

/**
 * Whether a file of `src/` runs in Node alone, by its place or its first line. Files that also run in a browser import none
 * of these, not even for a type.
 */
export function isNodeOnly(file: string, source: string): boolean {
  return (
    file === "node.ts" ||
    file === "runtime/onnxruntime-node.ts" ||
    file.split("/").slice(0, -1).includes("node") ||
    ["tasks/", "experiments/", "demo/", "cli/"].some((folder) => file.startsWith(folder)) ||
    NODE_ONLY_HEADER.test(source)
  );
}

/** A source file, as the rules see it. */
export interface SourceFile {
  /** Path below `src/`, with forward slashes. */
  readonly path: string;
  readonly nodeOnly: boolean;
}

/** Which files may import a package or built-in module. */
export interface ModuleRule {
  /** Whether the rule is about this module. */
  readonly modules: RegExp;
  readonly allowed: (file: SourceFile) => boolean;
  /** The files that may, in words. */
  readonly where: string;
}

const engineFiles = ["runtime/onnxruntime-node.ts", "runtime/onnxruntime-web.ts"];
const nodeOnlyFiles =
  'files in a node/ folder, in tasks/, experiments/, demo/ or cli/, and those whose first line begins "// Node only"';

/** Modules that not every file may import. */
export const moduleRules: readonly ModuleRule[] = [
  {
    modules: /^onnxruntime-/,
    allowed: ({ path }) => engineFiles.includes(path),
    where: engineFiles.join(", "),
  },
  { modules: /^onnx-proto/, allowed: ({ path }) => path.startsWith("graph/"), where: "files in graph/" },
  {
    modules: /^(@observablehq\/plot|linkedom)/,
    allowed: ({ path }) => path.startsWith("experiments/report/figures/"),
    where: "files in experiments/report/figures/",
  },
  { modules: /^commander/, allowed: ({ path }) => path.startsWith("cli/"), where: "files in cli/" },
  {
    modules: /^(?:bullmq|ioredis)/,
    allowed: ({ path }) => path.startsWith("experiments/queue/"),
    where: "files in experiments/queue/",
  },
  { modules: /^sharp/, allowed: ({ nodeOnly }) => nodeOnly, where: nodeOnlyFiles },
  { modules: /^node:/, allowed: ({ nodeOnly }) => nodeOnly, where: nodeOnlyFiles },
];
