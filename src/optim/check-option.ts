import { ConfigError } from "../errors.ts";

/**
 * Throws unless an optimiser's option is in its range.
 *
 * @param where optimiser and option, such as `SGD, momentum`
 * @throws {ConfigError} naming the range
 */
export function checkOption(where: string, value: number, expected: string, isAllowed: boolean): void {
  if (!isAllowed) throw new ConfigError({ where, expected, got: String(value) });
}
