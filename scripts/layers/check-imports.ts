import { posix } from "node:path";
import {
  entryFiles,
  groundFiles,
  isNodeOnly,
  layers,
  moduleRules,
  narrowLayers,
  openImportFiles,
} from "./layers.ts";
import { readImports } from "./read-imports.ts";

/**
 * Holds the imports of source files to the layers.
 *
 * @param sources text of each file, by its path below `src/` with forward slashes
 * @returns a line for each import that breaks a rule, which says where it is and which rule it breaks
 * @throws {SyntaxError} if a file does not parse
 */
export function checkImports(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([file, source]) => {
    const unplaced = placeOf(file) === undefined ? [`src/${file}: ${describeUnplaced(file)}`] : [];
    const faults = readImports(file, source).flatMap(({ module, line }) => {
      if (module === undefined) {
        const fault = `imports by an expression; of all source files, these may: ${openImportFiles.join(", ")}`;
        return openImportFiles.includes(file) ? [] : [`src/${file}:${line}: ${fault}`];
      }
      const fault = module.startsWith(".")
        ? checkFile(sources, file, posix.join(posix.dirname(file), module))
        : checkModule(sources, file, module);
      return fault === undefined ? [] : [`src/${file}:${line}: imports "${module}"; ${fault}`];
    });
    return [...unplaced, ...faults];
  });
}

type Sources = ReadonlyMap<string, string>;

function checkModule(sources: Sources, path: string, module: string): string | undefined {
  const file = { path, nodeOnly: runsInNodeAlone(sources, path) };
  const broken = moduleRules.find((rule) => rule.modules.test(module) && !rule.allowed(file));
  return broken === undefined ? undefined : `of all source files, these may: ${broken.where}`;
}

function checkFile(sources: Sources, file: string, target: string): string | undefined {
  if (target.startsWith("../")) return "sources import nothing from outside src/";
  if (target.endsWith(".test.ts")) return "sources import no tests";
  if (runsInNodeAlone(sources, target) && !runsInNodeAlone(sources, file)) {
    return "that file runs in Node alone, this one in a browser as well";
  }
  return checkPlaces(placeOf(file), placeOf(target));
}

function checkPlaces(from: string | undefined, to: string | undefined): string | undefined {
  if (from === "entry") return undefined;
  if (to === "entry") return "entry points are for users of the package alone";
  // A folder that the table does not know has a line of its own.
  if (from === undefined || to === undefined || to === "ground" || from === to) return undefined;
  if (from === "ground") return "this file lies below all layers and may import none";
  const allowed = lowerLayers(from);
  if (allowed.includes(to)) return undefined;
  return `${from}/ may import ${allowed.length === 0 ? "no other layer" : allowed.join(", ")}`;
}

function runsInNodeAlone(sources: Sources, file: string): boolean {
  return isNodeOnly(file, sources.get(file) ?? "");
}

/** A layer's name, or the kind of file outside the layers; undefined where the table does not know it. */
function placeOf(file: string): string | undefined {
  if (groundFiles.includes(file)) return "ground";
  if (entryFiles.includes(file)) return "entry";
  const [folder, ...rest] = file.split("/");
  return rest.length > 0 && folder !== undefined && layers.flat().includes(folder) ? folder : undefined;
}

function describeUnplaced(file: string): string {
  return file.includes("/")
    ? "its folder is not a layer; add it to scripts/layers/layers.ts where it belongs"
    : "only entry points and what lies below all layers belong here; put it in a folder";
}

function lowerLayers(layer: string): readonly string[] {
  const narrow = narrowLayers.get(layer);
  return (
    narrow ??
    layers
      .slice(
        0,
        layers.findIndex((level) => level.includes(layer)),
      )
      .flat()
  );
}
