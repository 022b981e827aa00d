// Node only: reads and writes files.
import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { DataError } from "../../errors.ts";
import { writeFileAtomically } from "../../tensor/node/atomic-file.ts";
import { checkedPicturePath } from "./picture-path.ts";
import { type Split, splitNames } from "./split.ts";

// Limits of a file from elsewhere. The largest published split, that of Food101, has 101,000 pictures in 8 MB.
const MAX_BYTES = 256 * 2 ** 20;
const MAX_PATH = 4096;
const MAX_NAME = 1000;
/** Labels index tables, so that one large number must not make a large table. */
const MAX_CLASSES = 100_000;

const picture = z.tuple([
  z.string().min(1).max(MAX_PATH),
  z
    .int()
    .min(0)
    .max(MAX_CLASSES - 1),
  z.string().trim().min(1).max(MAX_NAME),
]);
const pictures = z.array(picture);
const splitSchema = z.object({
  ...{ train: pictures, val: pictures, test: pictures },
  madeWithSeed: z.int().optional(),
});

/** A split with what its file says of it. */
export interface FiledSplit extends Split {
  /** Seed that it was divided with by who wrote the file, where it is no published one. Other readers of such files pass it over. */
  readonly madeWithSeed?: number;
}

const EXPECTED =
  "a split file: a JSON object of train, val and test, each a list of [path, label, class name]";

/**
 * Reads a `split_zhou_<name>.json` file. Its classes are checked by `classNamesOf`, its pictures by `missingPictures`.
 *
 * @throws {DataError} if it cannot be read, is not of that form, or a path leads out of the image folder
 */
export function readSplitFile(file: string): FiledSplit {
  const parsed = splitSchema.safeParse(parseJson(file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(" > ")}: `;
    const got = `${place}${issue?.message ?? "something else"}`;
    throw new DataError({ where: file, expected: EXPECTED, got, cause: parsed.error });
  }
  const part = (name: (typeof splitNames)[number]) =>
    parsed.data[name].map(([path, label, className]) => ({
      path: checkedPicturePath(path, file),
      label,
      className,
    }));
  const { madeWithSeed } = parsed.data;
  const split = { train: part("train"), val: part("val"), test: part("test") };
  return { ...split, ...(madeWithSeed !== undefined && { madeWithSeed }) };
}

/**
 * Writes a split file.
 *
 * @throws {StorageError} if it cannot be written; a file of that name is as it was then
 */
export function writeSplitFile(file: string, split: FiledSplit): void {
  const rows = splitNames.map((name) => [
    name,
    split[name].map(({ path, label, className }) => [path, label, className]),
  ]);
  const { madeWithSeed } = split;
  writeFileAtomically(file, JSON.stringify({ ...Object.fromEntries(rows), madeWithSeed }));
}

function parseJson(file: string): unknown {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw new Error(`a file of ${size} bytes, more than ${MAX_BYTES}`);
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new DataError({ where: file, expected: EXPECTED, got, fix: "Get the file again.", cause });
  }
}
