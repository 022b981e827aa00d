import { parseSync, Visitor } from "rolldown/utils";

/** One module that a source file names. */
export interface Import {
  /** As written: a relative path, a package, or a built-in module; undefined where it is known at run time alone. */
  readonly module: string | undefined;
  /** From 1. */
  readonly line: number;
}

/**
 * Lists what a TypeScript file imports: static and dynamic imports, re-exports, and types alone.
 *
 * @param name of the file, for errors
 * @throws {SyntaxError} if it does not parse
 */
export function readImports(name: string, source: string): Import[] {
  const { program, errors } = parseSync(name, source);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`${name}: ${error.message}`);
  const imports: Import[] = [];
  const add = (node: { readonly type: string; readonly value?: unknown; readonly start: number }) => {
    const line = source.slice(0, node.start).split("\n").length;
    const isFixed = node.type === "Literal" && typeof node.value === "string";
    imports.push({ module: isFixed ? (node.value as string) : undefined, line });
  };
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => source && add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
  }).visit(program);
  return imports.sort((a, b) => a.line - b.line);
}
