// Node only: hashes with node:crypto.
import { hash } from "node:crypto";
import { join, sep } from "node:path";
import type { LabelledPicture } from "../image-folder.ts";
import type { Dataset } from "./dataset.ts";

/** What {@link datasetIdentity} is a hash of. */
export interface IdentifiedParts
  extends Pick<Dataset, "name" | "classNames" | "classIds" | "train" | "val" | "test"> {
  /** Folder that the data sets' folders lie in: all paths are its own joined with others, and it does not count where it is. */
  readonly data: string;
  /** What says of the pictures' contents, where there is something. */
  readonly contents?: string | undefined;
}

/** SHA-256 of a data set's name, classes and divided pictures, in 64 hexadecimal digits; equal on all machines and in all places. */
export function datasetIdentity(parts: IdentifiedParts): string {
  const { name, classNames, classIds, train, val, test, data, contents } = parts;
  // All paths begin so; `relative` takes seconds where there are a million.
  const start = join(data, "x").length - 1;
  const list = (pictures: readonly LabelledPicture[]) =>
    pictures.map(({ path, label }) => [path.slice(start).replaceAll(sep, "/"), label]);
  const all = [name, classNames, classIds, list(train), list(val), list(test), contents ?? ""];
  return hash("sha256", JSON.stringify(all), "hex");
}
