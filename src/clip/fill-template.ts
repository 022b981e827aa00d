import { ConfigError } from "../errors.ts";

/** Where a template takes the class name. */
const SLOT = "{}";

/**
 * The two sides of a template.
 *
 * @param template text with one `{}`, such as `a photo of a {}.`
 * @throws {ConfigError} if it has not exactly one `{}`
 */
export function splitTemplate(template: string): readonly [before: string, after: string] {
  const parts = template.split(SLOT);
  const [before = "", after = ""] = parts;
  if (parts.length === 2) return [before, after];
  throw new ConfigError({
    where: `template "${template}"`,
    expected: `one "${SLOT}" for the class name`,
    got: String(parts.length - 1),
    fix: 'Write, for example, "a photo of a {}."',
  });
}

/**
 * A template with a class name in it.
 *
 * @throws {ConfigError} as {@link splitTemplate} does
 */
export function fillTemplate(template: string, className: string): string {
  const [before, after] = splitTemplate(template);
  return before + className + after;
}
