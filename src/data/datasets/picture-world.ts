// Node only: reads folders of pictures.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../../errors.ts";
import { quoted } from "../class-names.ts";
import { listFolder } from "../find-pictures.ts";
import { picturesOfClasses } from "./class-folders.ts";
import type { DatasetDefinition, MissingPart } from "./dataset.ts";
import { type DatasetContents, defineDataset } from "./define-dataset.ts";
import { classNamesOf, type Split } from "./split.ts";
import { defineSplitDataset } from "./split-dataset.ts";
import { readSplitFile } from "./split-file.ts";

/** Themes of the embedded benchmarks, by their folders. */
export const pictureWorldThemes = [
  "animals",
  "buildings-and-places",
  "clothing",
  "drinks-and-tableware",
  "faces",
  "food",
  "plants",
  "sports-and-music",
  "symbols",
  "tools",
  "vehicles",
] as const;

/** Other pictures of a theme's classes, by their folders. */
export const pictureWorldDomains = ["v2", "sketch", "silhouette"] as const;

const TEMPLATE = "a photo of a {}.";
const SOURCE = "a clone of lamm: npm run benchmarks -- <data folder>";
/** Is in the folder of a theme that is drawn to the end. */
const MARKER = "benchmark.json";
const markerSchema = z.object({ identity: z.string().min(1) });

/**
 * The embedded benchmarks, `picture-world/animals` and so on, each with its domains, `picture-world/animals/sketch` and so on, after
 * it. The data folder is that of the themes' folders.
 */
export const pictureWorldDatasets: readonly DatasetDefinition[] = pictureWorldThemes.flatMap((theme) => [
  defineSplitDataset({
    name: nameOf(theme),
    folder: theme,
    images: "images",
    template: TEMPLATE,
    source: SOURCE,
    split: { file: splitFileOf(theme), source: SOURCE },
    readContents: (folder) => readMarker(folder, theme),
  }),
  ...pictureWorldDomains.map((domain) =>
    defineDataset({
      name: `${nameOf(theme)}/${domain}`,
      folder: `${theme}/domains/${domain}`,
      role: "domain",
      of: nameOf(theme),
      template: TEMPLATE,
      source: SOURCE,
      read: (data) => readDomain(join(data, theme), { theme, domain }),
    }),
  ),
]);

function nameOf(theme: string): string {
  return `picture-world/${theme}`;
}

/** `split_zhou_SportsAndMusic.json` of `sports-and-music`. */
function splitFileOf(theme: string): string {
  const name = theme.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
  return `split_zhou_${name}.json`;
}

/** Identity of the drawn pictures. */
function readMarker(folder: string, theme: string): string | readonly MissingPart[] {
  const file = join(folder, MARKER);
  if (!existsSync(file)) return [{ path: `${theme}/${MARKER}`, count: 1, source: SOURCE }];
  try {
    return markerSchema.parse(JSON.parse(readFileSync(file, "utf8"))).identity;
  } catch (cause) {
    throw new DataError({
      where: file,
      expected: "the identity of a benchmark's pictures",
      got: "something else",
      fix: `Draw the benchmark again, in ${SOURCE}.`,
      cause,
    });
  }
}

/** A domain's pictures; its classes are those of the theme that it shows, in the theme's order. */
function readDomain(
  root: string,
  { theme, domain }: { readonly theme: string; readonly domain: string },
): DatasetContents | readonly MissingPart[] {
  const splitFile = splitFileOf(theme);
  const marker = readMarker(root, theme);
  if (typeof marker !== "string") return marker;
  if (!existsSync(join(root, splitFile)))
    return [{ path: `${theme}/${splitFile}`, count: 1, source: SOURCE }];
  const split = readSplitFile(join(root, splitFile));
  const folder = join(root, "domains", domain);
  const { folders } = listFolder(folder);
  const classes = classesByFolder(split, classNamesOf(split, splitFile));
  const unknown = folders.filter((name) => !classes.has(name));
  if (unknown.length > 0 || folders.length === 0) {
    throw new DataError({
      where: folder,
      expected: `folders of classes of ${nameOf(theme)}`,
      got: folders.length === 0 ? "none" : quoted(unknown),
      fix: `Draw the benchmark again, in ${SOURCE}.`,
    });
  }
  const shown = [...classes].filter(([name]) => folders.includes(name));
  const test = picturesOfClasses({ path: folder, folders: shown.map(([name]) => name) });
  const classNames = shown.map(([, className]) => className);
  return { classNames, classIds: classNames, train: [], val: [], test, contents: marker };
}

/** Names of the classes by the folders that their pictures lie in, in the order of labels. */
function classesByFolder(split: Split, classNames: readonly string[]): ReadonlyMap<string, string> {
  const byLabel = new Map(split.train.map(({ path, label }) => [label, path.split("/").at(-2) ?? ""]));
  return new Map(classNames.map((className, label) => [byLabel.get(label) ?? "", className]));
}
