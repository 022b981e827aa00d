import { z } from "zod";
import { ConfigError } from "../src/errors.ts";
import { readPackageJson } from "./emoji-records.ts";
import { FXEMOJI_SMALL, FXEMOJI_SMALL_SIDE } from "./fxemoji.ts";

/** Names of the icon sets that draw emoji; each is an npm package `@iconify-json/<name>`. */
export const STYLES = [
  "noto",
  "noto-v1",
  "fxemoji",
  "streamline-emojis",
  "emojione",
  "fluent-emoji-flat",
  "twemoji",
  "fluent-emoji-high-contrast",
  "emojione-monotone",
] as const;

/** An icon set that draws emoji. */
export type Style = (typeof STYLES)[number];

/** One icon set: artwork by icon name. */
export interface IconSet {
  /** The npm package's version. */
  readonly version: string;
  /** Names of the icons, and of aliases, in the package's order. */
  readonly names: readonly string[];
  /** Icon name by lower-case hexcode without `fe0f`; empty where the package has no such list. */
  readonly chars: ReadonlyMap<string, string>;
  /** The icon that a name stands for: itself, or its alias's parent. */
  resolve(name: string): string;
  /** A whole SVG document. */
  svg(name: string): string;
}

const iconsSchema = z.object({
  width: z.number(),
  height: z.number(),
  icons: z.record(z.string(), z.object({ body: z.string() })),
  aliases: z.record(z.string(), z.object({ parent: z.string() })).default({}),
});
const charsSchema = z.record(z.string(), z.string());
const packageSchema = z.object({ version: z.string() });

const loaded = new Map<Style, IconSet>();

/** Tells whether a text names a style. */
export function isStyle(name: string): name is Style {
  return (STYLES as readonly string[]).includes(name);
}

/**
 * Checks that a text names a style.
 *
 * @throws {ConfigError} if it does not
 */
export function checkStyle(name: string): Style {
  if (isStyle(name)) return name;
  throw new ConfigError({ where: "style", expected: `one of ${STYLES.join(", ")}`, got: `"${name}"` });
}

/** Reads an icon set from its package, once a process. */
export function loadIconSet(style: Style): IconSet {
  const known = loaded.get(style);
  if (known !== undefined) return known;
  const set = readIconSet(style);
  loaded.set(style, set);
  return set;
}

function readIconSet(style: Style): IconSet {
  const folder = `@iconify-json/${style}`;
  const { width, height, icons, aliases } = readPackageJson(`${folder}/icons.json`, iconsSchema);
  const chars = readPackageJson(`${folder}/chars.json`, charsSchema);
  const { version } = readPackageJson(`${folder}/package.json`, packageSchema);
  const resolve = (name: string) => aliases[name]?.parent ?? name;
  return {
    version,
    names: [...Object.keys(icons), ...Object.keys(aliases)],
    chars: new Map(Object.entries(chars)),
    resolve,
    svg: (name) => {
      const icon = icons[resolve(name)];
      if (icon === undefined) {
        throw new ConfigError({ where: folder, expected: "a name of one of its icons", got: `"${name}"` });
      }
      const small = style === "fxemoji" && FXEMOJI_SMALL.has(name);
      return wrap(icon.body, small ? [FXEMOJI_SMALL_SIDE, FXEMOJI_SMALL_SIDE] : [width, height]);
    },
  };
}

/** Icons of one colour are drawn in `currentColor`, which is black here. */
function wrap(body: string, [width, height]: readonly [number, number]): string {
  const namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `<svg ${namespaces} ${size} color="#000">${body}</svg>`;
}
