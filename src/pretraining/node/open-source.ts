import { pathToFileURL } from "node:url";
import { ConfigError } from "../../errors.ts";
import type { CreatePictureSource, PictureSource } from "../picture-source.ts";
import { createCaptionedFolder } from "./captioned-folder.ts";

/** Where a picture source is: a folder with captions, or a module that makes one. */
export type SourcePlace =
  | { readonly folder: string; readonly captions?: string }
  | {
      /** Absolute path. */
      readonly module: string;
      readonly options?: unknown;
    };

/**
 * Opens a picture source.
 *
 * @throws {ConfigError} if the module cannot be loaded or does not export `createPictureSource`
 * @throws {LammError} as the source does
 */
export async function openSource(place: SourcePlace): Promise<PictureSource> {
  if ("folder" in place) return createCaptionedFolder(place);
  const create = (await importModule(place.module)).createPictureSource;
  if (typeof create === "function") return (create as CreatePictureSource)(place.options);
  throw new ConfigError({
    where: place.module,
    expected: "a module that exports the function createPictureSource",
    got: create === undefined ? "none of that name" : `a ${typeof create}`,
  });
}

async function importModule(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new ConfigError({
      where: path,
      expected: "a module that can be loaded",
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}
