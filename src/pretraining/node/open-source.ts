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
 * @throws {ConfigError} if the module cannot be loaded or does not export a `createPictureSource` that makes one
 * @throws {LammError} as the source does
 */
export async function openSource(place: SourcePlace): Promise<PictureSource> {
  if ("folder" in place) return createCaptionedFolder(place);
  const create = (await importModule(place.module)).createPictureSource;
  if (typeof create === "function") {
    return checkSource(await (create as CreatePictureSource)(place.options), place.module);
  }
  throw new ConfigError({
    where: place.module,
    expected: "a module that exports the function createPictureSource",
    got: create === undefined ? "none of that name" : `a ${typeof create}`,
  });
}

function checkSource(source: Partial<PictureSource> | undefined, module: string): PictureSource {
  const { identity, texts, batch } = source ?? {};
  const wrong = [
    ...(typeof identity === "string" ? [] : ["identity"]),
    ...(Array.isArray(texts) && texts.every((text) => typeof text === "string") ? [] : ["texts"]),
    ...(typeof batch === "function" ? [] : ["batch"]),
  ];
  if (wrong.length === 0) return source as PictureSource;
  throw new ConfigError({
    where: `${module}, createPictureSource`,
    expected: "a source with a text as its identity, a list of texts, and a function batch",
    got: `one without a usable ${wrong.join(", ")}`,
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
