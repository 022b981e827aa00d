import { z } from "zod";
import { DataError } from "../errors.ts";

/** A picture and what it shows. */
export interface CaptionedPicture {
  /** Path inside the folder of pictures, with forward slashes. */
  readonly image: string;
  /** At least one, none empty, all different. */
  readonly captions: readonly string[];
}

const text = z.union([z.string(), z.array(z.string())]);
const lineSchema = z
  .looseObject({
    image: z.string().optional(),
    file_name: z.string().optional(),
    captions: text.optional(),
    caption: text.optional(),
    text: text.optional(),
  })
  .transform((line) => ({
    image: line.image ?? line.file_name,
    captions: [line.captions ?? line.caption ?? line.text ?? []].flat(),
  }));

/** What to do where there are no captions. */
export const CAPTIONS_FIX =
  'Write a line a picture, such as {"image": "dog.jpg", "captions": ["a photo of a dog."]}.';

/** As many lines or names as an error shows. */
const SHOWN = 5;

/**
 * Parses a captions file: JSON lines `{"image": "dogs/1.jpg", "captions": ["a dog", "a puppy"]}`. `file_name` stands for `image`,
 * `caption` and `text` for `captions`, as in Hugging Face's `metadata.jsonl`; other keys are not looked at. A picture on
 * several lines has the captions of all of them.
 *
 * @param content of the file
 * @param name of the file, for messages
 * @throws {DataError} if a line is no such object, names a picture outside the folder or has an empty caption, if there are no
 *   pictures, or if all captions are the same
 */
export function parseCaptions(content: string, name: string): CaptionedPicture[] {
  const found = new Map<string, Set<string>>();
  const empty: number[] = [];
  content.split("\n").forEach((untrimmed, index) => {
    // A byte order mark counts as white space here; JSON does not allow it.
    const line = untrimmed.trim();
    if (line === "") return;
    const { image, captions } = parseLine(line, `${name}, line ${index + 1}`);
    const trimmed = captions.map((caption) => caption.trim());
    if (trimmed.length === 0 || trimmed.includes("")) empty.push(index + 1);
    const known = found.get(image) ?? new Set();
    for (const caption of trimmed) known.add(caption);
    found.set(image, known);
  });
  if (empty.length > 0) throw emptyCaptions(name, empty);
  if (found.size === 0) {
    throw new DataError({ where: name, expected: "a line for each picture", got: "none", fix: CAPTIONS_FIX });
  }
  checkContrast(found, name);
  return [...found].map(([image, captions]) => ({ image, captions: [...captions] }));
}

function parseLine(line: string, where: string): { image: string; captions: readonly string[] } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new DataError({ where, expected: "an object in JSON", got, cause });
  }
  const parsed = lineSchema.safeParse(json);
  if (!parsed.success || parsed.data.image === undefined) {
    const got = parsed.success ? "no image" : z.prettifyError(parsed.error).replaceAll("\n", " ");
    throw new DataError({ where, expected: '"image", a path, and "captions", a list of texts', got });
  }
  return { image: pathOf(parsed.data.image, where), captions: parsed.data.captions };
}

/** A path as all of its spellings are known by. */
function pathOf(image: string, where: string): string {
  const slashed = image.replaceAll("\\", "/");
  const names = slashed.split("/").filter((name) => name !== "" && name !== ".");
  const leaves = slashed.startsWith("/") || /^[a-z]:/i.test(slashed) || names.includes("..");
  if (!leaves && names.length > 0) return names.join("/");
  const expected = "the path of a file inside the folder of pictures";
  throw new DataError({ where, expected, got: JSON.stringify(image) });
}

function emptyCaptions(name: string, lines: readonly number[]): DataError {
  const more = lines.length > SHOWN ? ` and ${lines.length - SHOWN} more` : "";
  const count = lines.length === 1 ? "line" : "lines";
  return new DataError({
    where: name,
    expected: "at least one caption for each picture, and none empty",
    got: `an empty one on ${count} ${lines.slice(0, SHOWN).join(", ")}${more}`,
    fix: "Describe these pictures or remove the lines.",
  });
}

/** One caption for all pictures leaves nothing to tell apart: the loss would be at its least from the start. */
function checkContrast(found: ReadonlyMap<string, ReadonlySet<string>>, name: string): void {
  const all = new Set([...found.values()].flatMap((captions) => [...captions]));
  if (all.size > 1) return;
  const [caption = ""] = all;
  throw new DataError({
    where: name,
    expected: "captions that differ: contrastive training tells pictures apart by them",
    got: `${JSON.stringify(caption)} for each of ${found.size} pictures`,
    fix: "Say in each caption what its picture shows.",
  });
}
