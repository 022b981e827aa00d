import { ConfigError } from "../../src/errors.ts";
import type { Theme } from "./theme.ts";
import { animals } from "./themes/animals.ts";
import { buildingsAndPlaces } from "./themes/buildings-and-places.ts";
import { clothing } from "./themes/clothing.ts";
import { drinksAndTableware } from "./themes/drinks-and-tableware.ts";
import { faces } from "./themes/faces.ts";
import { food } from "./themes/food.ts";
import { plants } from "./themes/plants.ts";
import { sportsAndMusic } from "./themes/sports-and-music.ts";
import { symbols } from "./themes/symbols.ts";
import { tools } from "./themes/tools.ts";
import { vehicles } from "./themes/vehicles.ts";

/** The eleven benchmarks, by name. */
export const themes: readonly Theme[] = [
  animals,
  buildingsAndPlaces,
  clothing,
  drinksAndTableware,
  faces,
  food,
  plants,
  sportsAndMusic,
  symbols,
  tools,
  vehicles,
];

/**
 * The benchmarks of some names, in the order of {@link themes}.
 *
 * @throws {ConfigError} if there is none of a name
 */
export function themesNamed(names: readonly string[]): Theme[] {
  const unknown = names.filter((wanted) => !themes.some(({ name }) => name === wanted));
  if (unknown.length > 0) {
    throw new ConfigError({
      where: "themes",
      expected: `some of ${themes.map(({ name }) => name).join(", ")}`,
      got: unknown.map((name) => `"${name}"`).join(", "),
    });
  }
  return themes.filter(({ name }) => names.includes(name));
}
