import { isFeatureFile } from "../data/feature-file.ts";
import { openFeatureSource } from "./feature-source.ts";
import { openFolderSource } from "./folder-source.ts";
import type { PictureSource, SourceModel } from "./picture-source.ts";

/**
 * Opens labelled pictures.
 *
 * @param model of a file of features the one that they are from, or a runtime alone
 * @param path a folder with one sub-folder a class, or a file of features
 * @throws {DataError} if it is neither
 */
export function openPictureSource(model: SourceModel, path: string): PictureSource {
  return isFeatureFile(path) ? openFeatureSource(model, path) : openFolderSource(model, path);
}
