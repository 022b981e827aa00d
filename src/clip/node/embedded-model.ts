// Node only: knows the package's folder.
import { statSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../errors.ts";

/**
 * Id of the small CLIP that comes with the package. Adapters that are trained on it bear this id, not a path, as every
 * installation keeps it in another folder.
 */
export const EMBEDDED_MODEL = "lamm/picture-world";

/** Folder of the package's models, beside its `src/` or `dist/`. */
export const MODELS_FOLDER = join(import.meta.dirname, "..", "..", "..", "models");

/**
 * Folder of the embedded model, or `undefined` where it is not there.
 *
 * @param modelsFolder folder of the package's models
 */
export function findEmbeddedFolder(modelsFolder = MODELS_FOLDER): string | undefined {
  const folder = join(modelsFolder, "picture-world");
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? folder : undefined;
}

/**
 * Folder of the embedded model.
 *
 * @param modelsFolder folder of the package's models
 * @throws {ConfigError} if it is not there
 */
export function embeddedFolder(modelsFolder = MODELS_FOLDER): string {
  const folder = findEmbeddedFolder(modelsFolder);
  if (folder !== undefined) return folder;
  throw new ConfigError({
    where: `model "${EMBEDDED_MODEL}"`,
    expected: `it in ${modelsFolder}, where the package has it`,
    got: "no such folder",
    fix: "Install lamm again, or name another model.",
  });
}
