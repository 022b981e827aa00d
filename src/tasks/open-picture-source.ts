import { isFeatureFile, openFeatureFile } from "../data/feature-file.ts";
import { type ImageFolderOptions, readImageFolder } from "../data/image-folder.ts";
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
export function openPictureSource(
  model: SourceModel,
  path: string,
  options: ImageFolderOptions = {},
): PictureSource {
  return isFeatureFile(path)
    ? openFeatureSource(model, path, options)
    : openFolderSource(model, path, options);
}

/**
 * Throws unless a path is one that {@link openPictureSource} opens: to be called before a model is loaded, which may take long.
 *
 * @throws {DataError} if it is neither a folder of pictures nor a file of features
 */
export function checkPictureSource(path: string, options: ImageFolderOptions = {}): void {
  if (isFeatureFile(path)) openFeatureFile(path, options);
  else readImageFolder(path, options);
}
