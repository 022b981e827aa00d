// Node only: hashes with node:crypto.
import { hash } from "node:crypto";
import { relative, sep } from "node:path";
import type { LabelledPicture } from "../image-folder.ts";
import type { Dataset } from "./dataset.ts";

/** What {@link datasetIdentity} is a hash of. */
export interface IdentifiedParts
  extends Pick<Dataset, "name" | "classNames" | "classIds" | "train" | "val" | "test"> {
  /** Folder that the data sets' folders lie in: it does not count where that is. */
  readonly data: string;
  /** What says of the pictures' contents, where there is something. */
  readonly contents?: string | undefined;
}

/** SHA-256 of a data set's name, classes and divided pictures, in 64 hexadecimal digits; equal on all machines and in all places. */
export function datasetIdentity(parts: IdentifiedParts): string {
  const { name, classNames, classIds, train, val, test, data, contents } = parts;
  const list = (pictures: readonly LabelledPicture[]) =>
    pictures.map(({ path, label }) => [relative(data, path).replaceAll(sep, "/"), label]);
  const all = [name, classNames, classIds, list(train), list(val), list(test), contents ?? ""];
  return hash("sha256", JSON.stringify(all), "hex");
}
