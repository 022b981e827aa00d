// Node only: looks for folders.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../errors.ts";
import type { Dataset, DatasetDefinition, DatasetState, MissingPart } from "./dataset.ts";
import { datasetIdentity } from "./dataset-identity.ts";

/** What is read of a data set's folder. */
export interface DatasetContents extends Omit<Dataset, "name" | "template" | "identity"> {
  /** Whether such a split was written, and is read. */
  readonly isSplitWritten?: true;
  /** What says of the pictures' contents, where there is something: it is part of the identity. */
  readonly contents?: string;
}

/** How a data set is read: its contents, or what is missing. */
export interface DatasetRecipe
  extends Pick<DatasetDefinition, "name" | "folder" | "role" | "of" | "makeSplit"> {
  /** Prompt with `{}` for the class name. */
  readonly template: string;
  /** Where to get the whole folder. */
  readonly source: string;
  /**
   * @param data folder that holds the data sets' folders; this one's is there
   * @returns the contents, or the parts that are missing
   * @throws {DataError} if something is there and not usable
   */
  read(data: string): DatasetContents | readonly MissingPart[];
}

/** Makes a definition of a recipe. */
export function defineDataset({ read, template, source, ...known }: DatasetRecipe): DatasetDefinition {
  const { name, folder, role, of } = known;
  const about = { name, folder, role, ...(of !== undefined && { of }) };
  const look = (data: string) =>
    existsSync(join(data, folder)) ? read(data) : [{ path: folder, count: 1, source }];
  return {
    ...known,
    inspect: (data) => inspect({ about, isThere: existsSync(join(data, folder)) }, () => look(data)),
    open(data) {
      const found = look(data);
      if (isMissing(found)) throw missingError({ name, data }, found);
      const { classNames, classIds, train, val, test, contents } = found;
      const parts = { name, classNames, classIds, train, val, test };
      const identity = datasetIdentity({ ...parts, data, contents });
      return { ...parts, template, identity, ...whatToKnow(found) };
    },
  };
}

function isMissing(found: DatasetContents | readonly MissingPart[]): found is readonly MissingPart[] {
  return Array.isArray(found);
}

/** What is said of a data set, whether it is opened or looked at. */
function whatToKnow({ note, isSplitMade }: DatasetContents): Pick<Dataset, "note" | "isSplitMade"> {
  return { ...(isSplitMade && { isSplitMade }), ...(note !== undefined && { note }) };
}

function inspect(
  {
    about,
    isThere,
  }: { readonly about: Pick<DatasetState, "name" | "folder" | "role" | "of">; readonly isThere: boolean },
  look: () => DatasetContents | readonly MissingPart[],
): DatasetState {
  try {
    const found = look();
    if (isMissing(found)) {
      return { ...about, state: isThere ? "incomplete" : "absent", missing: found };
    }
    const { classNames, train, val, test, isSplitWritten } = found;
    const counts = {
      classes: classNames.length,
      train: train.length,
      val: val.length,
      test: test.length,
    };
    return {
      ...{ ...about, state: "complete", missing: [], counts },
      ...whatToKnow(found),
      ...(isSplitWritten && { isSplitWritten }),
    };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { ...about, state: "incomplete", missing: [], problem: error.message };
  }
}

/** The error of a data set that is not all there. */
export function missingError(
  { name, data }: { readonly name: string; readonly data: string },
  missing: readonly MissingPart[],
): DataError {
  const sources = [...new Set(missing.map(({ source }) => source))];
  return new DataError({
    where: name,
    expected: `its files in ${data}`,
    got: missing.map(describeMissing).join(", "),
    fix: `\`lamm datasets\` lists what is missing. Get it from ${sources.join(" and ")}`,
  });
}

/** A missing part in a few words, without where to get it. */
export function describeMissing({ path, count }: MissingPart): string {
  return count === 1 ? `no ${path}` : `${count} files missing, the first of them ${path}`;
}
