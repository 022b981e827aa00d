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
