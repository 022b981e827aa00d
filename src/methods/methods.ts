import { ConfigError } from "../errors.ts";
import { cocoop, cocoopLamm } from "./cocoop.ts";
import { coop, coopLamm } from "./coop.ts";
import { lamm } from "./lamm.ts";
import { maple, mapleLamm } from "./maple.ts";
import type { Method } from "./method.ts";
import { nearestName } from "./nearest-name.ts";

/** All methods, in the order in which they are listed. A new one is a line here. */
export const methods: readonly Method[] = [lamm, coop, cocoop, maple, coopLamm, cocoopLamm, mapleLamm];

/**
 * The method of a name.
 *
 * @param known those to choose from
 * @throws {ConfigError} if there is none, with the nearest name that there is
 */
export function findMethod(name: string, known: readonly Method[] = methods): Method {
  const found = known.find((method) => method.name === name);
  if (found !== undefined) return found;
  const names = known.map((method) => method.name);
  const nearest = nearestName(name, names);
  throw new ConfigError({
    where: "method",
    expected: `one of ${names.join(", ")}`,
    got: `"${name}"`,
    ...(nearest !== undefined && { fix: `Did you mean "${nearest}"?` }),
  });
}
