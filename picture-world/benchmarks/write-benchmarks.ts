import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import type { RgbImage } from "../../src/clip/rgb-image.ts";
import { ConfigError } from "../../src/errors.ts";
import { createRandom, type Random } from "../../src/tensor/random.ts";
import { type ArtworkLibrary, createArtworkLibrary } from "../artwork.ts";
import { conditionsFor } from "../conditions.ts";
import { drawPicture } from "../draw-picture.ts";
import { emojiDataVersion } from "../emoji-records.ts";
import { loadIconSet } from "../icon-set.ts";
import { checkReplaceable, isUpToDate, type Marker, writeMarker } from "./benchmark-marker.ts";
import { LABEL_SETS, labelsOf } from "./labels.ts";
import { domains, type Pool, pools } from "./pools.ts";
import type { Theme } from "./theme.ts";
import { classesOf, type ThemeClass } from "./theme-classes.ts";
import { themes as allThemes } from "./themes.ts";

/** What is written, and where. */
export interface WriteBenchmarksOptions {
  readonly folder: string;
  /** All eleven if not given. */
  readonly themes?: readonly Theme[];
  /** Whether the domains are written too; they are if not given. */
  readonly domains?: boolean;
  /** At most this many pictures of a class in each pool, the first of those that there are otherwise; at least 1. */
  readonly perClass?: number;
  /** Called after each theme; `isNew` is false where it was there already. */
  readonly onTheme?: (theme: Theme, isNew: boolean) => void;
}

/** Changes with every change of the pictures. */
const VERSION = 1;
/** Side of the pictures, in pixels: a little more than the embedded model sees, so that views can be cut out of them. */
const IMAGE_SIZE = 72;
const JPEG = { quality: 92, chromaSubsampling: "4:4:4" } as const;
/** Artworks in small behind another one, at most. */
const CLUTTER = 3;

/**
 * Writes benchmarks: for each theme `images/{train,val,test}` with a folder of pictures a class, `domains/<name>` with the same classes, a
 * split file as those of the real data sets (its paths are below `images`), and `labels/<set>.json` with names that are off on purpose. A theme
 * that is there already is left alone; one that was not finished is begun anew, and one of other pictures is replaced when the new ones are drawn.
 *
 * @throws {ConfigError} if `perClass` is no whole number from 1
 * @throws {DataError} if a theme's folder holds something else; nothing is written then
 */
export async function writeBenchmarks(options: WriteBenchmarksOptions): Promise<void> {
  const { folder, themes = allThemes, domains: withDomains = true, perClass, onTheme } = options;
  checkPerClass(perClass);
  for (const theme of themes) checkReplaceable(join(folder, theme.name));
  const library = createArtworkLibrary();
  for (const theme of themes) {
    const target = join(folder, theme.name);
    const limit = perClass === undefined ? {} : { perClass };
    const marker: Marker = { identity: identify(theme), domains: withDomains, ...limit };
    const isNew = !isUpToDate(target, marker);
    if (isNew) {
      const unfinished = `${target}.unfinished`;
      rmSync(unfinished, { recursive: true, force: true });
      await writeTheme(unfinished, { theme, library, withDomains, perClass });
      writeMarker(unfinished, marker);
      rmSync(target, { recursive: true, force: true });
      renameSync(unfinished, target);
    }
    onTheme?.(theme, isNew);
  }
}

function checkPerClass(perClass: number | undefined): void {
  if (perClass === undefined || (Number.isInteger(perClass) && perClass >= 1)) return;
  throw new ConfigError({ where: "perClass", expected: "a whole number from 1", got: String(perClass) });
}

interface ThemeRequest {
  readonly theme: Theme;
  readonly library: ArtworkLibrary;
  readonly withDomains: boolean;
  readonly perClass: number | undefined;
}

/** A picture of the split file: path below `images`, label, class name. */
type SplitEntry = readonly [path: string, label: number, className: string];

async function writeTheme(
  folder: string,
  { theme, library, withDomains, perClass }: ThemeRequest,
): Promise<void> {
  const classes = classesOf(theme);
  const limited = (pool: Pool): Pool => ({
    ...pool,
    pictures: Math.min(pool.pictures, perClass ?? pool.pictures),
  });
  const split: Record<string, SplitEntry[]> = {};
  for (const [name, pool] of Object.entries(pools))
    split[name] = await writePool(folder, { theme, classes, pool: limited(pool), library });
  if (withDomains) {
    for (const pool of Object.values(domains))
      await writePool(folder, { theme, classes, pool: limited(pool), library });
  }
  writeFileSync(join(folder, `split_zhou_${splitName(theme)}.json`), JSON.stringify(split));
  mkdirSync(join(folder, "labels"));
  for (const set of LABEL_SETS) {
    const labels = labelsOf(set, classes);
    const named = Object.fromEntries(classes.map(({ folder: name }, index) => [name, labels[index]]));
    writeFileSync(join(folder, "labels", `${set}.json`), `${JSON.stringify(named, undefined, 1)}\n`);
  }
}

/** As the split files of the real data sets are named: `SportsAndMusic`. */
function splitName({ name }: Theme): string {
  return name.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
}

interface PoolRequest {
  readonly theme: Theme;
  readonly classes: readonly ThemeClass[];
  readonly pool: Pool;
  readonly library: ArtworkLibrary;
}

async function writePool(
  folder: string,
  { theme, classes, pool, library }: PoolRequest,
): Promise<SplitEntry[]> {
  const entries: SplitEntry[] = [];
  const others = classes.flatMap((own) => drawingsOf(own, pool));
  for (const [label, themeClass] of classes.entries()) {
    const drawings = drawingsOf(themeClass, pool);
    if (drawings.length === 0) continue;
    mkdirSync(join(folder, pool.folder, themeClass.folder), { recursive: true });
    const files = Array.from({ length: pool.pictures }, async (_, index) => {
      const random = createStream([theme.name, pool.folder, themeClass.name, index]);
      // Every drawing in turn: each shows up in the few pictures that there are.
      const drawing = drawings[index % drawings.length] as Drawing;
      const clutter = await Promise.all(
        Array.from({ length: CLUTTER }, () => {
          const other = others[random.randBelow(others.length)] as Drawing;
          return library.rgba(other.style, other.concept.hexcode);
        }),
      );
      const artwork = await library.rgba(drawing.style, drawing.concept.hexcode);
      const conditions = conditionsFor(drawing.concept, pool.conditions);
      const picture = drawPicture({ artwork, clutter, conditions, random, imageSize: IMAGE_SIZE });
      const path = `${pool.folder}/${themeClass.folder}/${String(index + 1).padStart(2, "0")}.jpg`;
      writeFileSync(join(folder, path), await encodeJpeg(picture));
      return path;
    });
    for (const path of await Promise.all(files))
      entries.push([path.replace(/^images\//, ""), label, themeClass.name]);
  }
  return entries;
}

/** An artwork that a pool may show. */
interface Drawing {
  readonly style: Pool["styles"][number];
  readonly concept: ThemeClass["concepts"][number];
}

/** Drawings of a class, styles in turn: the first few pictures already show all styles. */
function drawingsOf({ concepts }: ThemeClass, { styles }: Pool): Drawing[] {
  return concepts.flatMap((concept) =>
    styles.filter((style) => concept.styles.includes(style)).map((style) => ({ style, concept })),
  );
}

function encodeJpeg({ width, height, data }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg(JPEG)
    .toBuffer();
}

/** A stream of random numbers for one picture, whatever else is drawn. */
function createStream(key: readonly (string | number)[]): Random {
  const digest = createHash("sha256").update(JSON.stringify(key)).digest("hex");
  return createRandom(BigInt(`0x${digest.slice(0, 32)}`));
}

/** Changes when the pictures of a theme could. */
function identify(theme: Theme): string {
  const all = { ...pools, ...domains };
  const styles = [...new Set(Object.values(all).flatMap((pool) => pool.styles))];
  const artwork = styles.map((style) => [style, loadIconSet(style).version]);
  const parts = { VERSION, IMAGE_SIZE, JPEG, theme, all, artwork, emojibase: emojiDataVersion() };
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
