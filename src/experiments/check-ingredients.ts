import { LammError } from "../errors.ts";
import { type Cell, cellKey, type Ingredients } from "./cell.ts";
import type { CellContext } from "./cell-context.ts";
import type { CellTask } from "./cell-message.ts";

/** Code of the error of a cell that was planned with other data, weights or software than there are here. */
const OTHER_INGREDIENTS = "ERR_OTHER_INGREDIENTS";

/** Whether an error says no more than that this machine cannot run a cell: another one may. */
export function isOtherIngredients(error: unknown): boolean {
  return error instanceof LammError && error.code === OTHER_INGREDIENTS;
}

/**
 * Throws where data, weights or software here are not those that a cell was planned with, or are not here at all.
 *
 * @throws {LammError} that {@link isOtherIngredients} knows, naming what differs
 */
export async function checkIngredients(
  context: CellContext,
  { cell, key, planned }: CellTask,
): Promise<void> {
  const here = await ingredientsHere(context, cell);
  if (cellKey(cell, here) === key) return;
  throw otherIngredients(cell, planned === undefined ? softwareOf(here) : differences(planned, here));
}

/**
 * As {@link checkIngredients}, for a data set and a model without a cell's key.
 *
 * @throws {LammError} that {@link isOtherIngredients} knows, naming what differs
 */
export async function checkSources(
  context: CellContext,
  cell: Pick<Cell, "dataset" | "model">,
  planned: Ingredients,
): Promise<void> {
  const here = await ingredientsHere(context, { ...cell, targets: [] });
  const found = differences(planned, here);
  if (found.length > 0) throw otherIngredients(cell, found);
}

async function ingredientsHere(
  context: CellContext,
  cell: Pick<Cell, "dataset" | "model" | "targets">,
): Promise<Ingredients> {
  try {
    return await context.ingredients(cell);
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    // What is not here at all: the data set, the model, or the device.
    throw otherIngredients(cell, [error.message]);
  }
}

/**
 * What differs between ingredients, each in a few words.
 *
 * @param planned of the machine that planned
 * @param here of this machine
 */
export function differences(planned: Ingredients, here: Ingredients): string[] {
  const names = (a: object, b: object) => [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const data = names(planned.data, here.data).filter((name) => planned.data[name] !== here.data[name]);
  const software = names(planned.software, here.software).filter(
    (name) => planned.software[name] !== here.software[name],
  );
  return [
    ...data.map((name) => `other pictures of ${name}`),
    ...(planned.weights === here.weights ? [] : ["other weights of the model"]),
    ...(planned.preprocessing === here.preprocessing ? [] : ["another preprocessing"]),
    ...software.map(
      (name) => `${name} ${here.software[name] ?? "unknown"} instead of ${planned.software[name] ?? "none"}`,
    ),
  ];
}

const softwareOf = ({ software }: Ingredients) => [`others (${Object.values(software).join(", ")})`];

function otherIngredients(
  { dataset, model }: Pick<Cell, "dataset" | "model">,
  found: readonly string[],
): LammError {
  return new LammError(OTHER_INGREDIENTS, {
    where: `cell of ${dataset}, ${model}`,
    expected: "the data, weights and software that it was planned with",
    got: found.join("; "),
    fix: "Use the same version of lamm, the same model and the same data set on all machines.",
  });
}
