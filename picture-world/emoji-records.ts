import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { z } from "zod";

/** One emoji of Unicode as emojibase describes it. */
export interface EmojiRecord {
  /** Code points in upper-case hexadecimal, joined by dashes, fully qualified. */
  readonly hexcode: string;
  /** CLDR's short name. */
  readonly name: string;
  /** CLDR's keywords. */
  readonly keywords: readonly string[];
  /** Unicode's group, such as `animals-nature`; undefined for parts that are no emoji of their own. */
  readonly group: string | undefined;
  /** Unicode's subgroup, such as `animal-mammal`. */
  readonly subgroup: string | undefined;
  /** Other names that icon sets give it, strongest first. */
  readonly otherNames: readonly string[];
}

const resolver = createRequire(import.meta.url);

const dataSchema = z.array(
  z.object({
    hexcode: z.string(),
    label: z.string(),
    tags: z.array(z.string()).default([]),
    group: z.number().optional(),
    subgroup: z.number().optional(),
  }),
);
const groupsSchema = z.object({
  groups: z.record(z.string(), z.string()),
  subgroups: z.record(z.string(), z.string()),
});
const unicodeNamesSchema = z.record(z.string(), z.string());
const shortcodesSchema = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** Sets of shortcodes, the most literal first. */
const SHORTCODE_SETS = ["cldr", "github", "iamcal", "joypixels", "emojibase", "emojibase-legacy"];

/**
 * Reads a JSON file of an installed package.
 *
 * @param specifier the file as an import would name it
 * @param schema what it has to look like
 */
export function readPackageJson<T>(specifier: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(resolver.resolve(specifier), "utf8")));
}

let records: readonly EmojiRecord[] | undefined;

/** Every emoji of emojibase's English data, in its order; skin tones are not listed apart. */
export function loadEmojiRecords(): readonly EmojiRecord[] {
  records ??= readRecords();
  return records;
}

/** Version of the emojibase data. */
export function emojiDataVersion(): string {
  return readPackageJson("emojibase-data/package.json", z.object({ version: z.string() })).version;
}

function readRecords(): EmojiRecord[] {
  const data = readPackageJson("emojibase-data/en/data.json", dataSchema);
  const { groups, subgroups } = readPackageJson("emojibase-data/meta/groups.json", groupsSchema);
  const unicodeNames = readPackageJson("emojibase-data/meta/unicode-names.json", unicodeNamesSchema);
  const shortcodes = SHORTCODE_SETS.map((set) =>
    readPackageJson(`emojibase-data/en/shortcodes/${set}.json`, shortcodesSchema),
  );
  return data.map(({ hexcode, label, tags, group, subgroup }) => ({
    hexcode,
    name: label,
    keywords: tags,
    group: group === undefined ? undefined : groups[group],
    subgroup: subgroup === undefined ? undefined : subgroups[subgroup],
    otherNames: [unicodeNames[hexcode] ?? [], ...shortcodes.map((set) => set[hexcode] ?? [])].flat(),
  }));
}
