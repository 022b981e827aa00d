import { expect, test } from "vitest";
import { ConfigError, DataError } from "../errors.ts";
import { type Cell, cellKey, type Ingredients } from "./cell.ts";
import type { CellContext } from "./cell-context.ts";
import { checkIngredients, checkSources, isOtherIngredients } from "./check-ingredients.ts";

const cell: Cell = {
  task: "accuracy",
  dataset: "Birds",
  targets: [],
  model: "clip",
  config: { method: "zero-shot" },
};
const planned: Ingredients = {
  data: { Birds: "1" },
  weights: "w",
  preprocessing: "p",
  software: { lamm: "1.0.0", processor: "x64" },
};
const key = cellKey(cell, planned);

/** A machine with some ingredients, or none. */
const machine = (here: Ingredients | Error) =>
  ({
    ingredients: async () => {
      if (here instanceof Error) throw here;
      return here;
    },
  }) as unknown as CellContext;

const caught = async (work: Promise<void>) =>
  work.then(
    () => expect.unreachable("it is refused"),
    (error) => error,
  );

test("a machine with the same ingredients runs it", async () => {
  await checkIngredients(machine(planned), { cell, key, planned });
  await checkSources(machine(planned), cell, planned);
});

test("all that differs is named", async () => {
  const here = {
    data: { Birds: "2" },
    weights: "v",
    preprocessing: "q",
    software: { lamm: "0.9.0", processor: "x64", more: "1" },
  };
  const message =
    "cell of Birds, clip: expected the data, weights and software that it was planned with, got other pictures of Birds; " +
    "other weights of the model; another preprocessing; lamm 0.9.0 instead of 1.0.0; more 1 instead of none. " +
    "Use the same version of lamm, the same model and the same data set on all machines.";
  for (const check of [
    checkIngredients(machine(here), { cell, key, planned }),
    checkSources(machine(here), cell, planned),
  ]) {
    const error = await caught(check);
    expect(error.message).toBe(message);
    expect(isOtherIngredients(error)).toBe(true);
  }
});

test("without what was planned the software here is named", async () => {
  const here = { ...planned, weights: "v" };
  const error = await caught(checkIngredients(machine(here), { cell, key }));
  expect(error.message).toContain("got others (1.0.0, x64). Use the same version");
});

test("what is not here at all is another machine's matter too", async () => {
  const missing = new DataError({ where: "Birds", expected: "its files in data", got: "no birds" });
  const error = await caught(checkIngredients(machine(missing), { cell, key, planned }));
  expect(error.details.got).toBe("Birds: expected its files in data, got no birds.");
  expect(isOtherIngredients(error)).toBe(true);
});

test("errors of the program and of cells are no such", async () => {
  expect(await caught(checkIngredients(machine(new TypeError("bug")), { cell, key }))).toBeInstanceOf(
    TypeError,
  );
  expect(isOtherIngredients(new ConfigError({ where: "a", expected: "b", got: "c" }))).toBe(false);
});
