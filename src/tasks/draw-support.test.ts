import { expect, test } from "vitest";
import { drawSupport } from "./draw-support.ts";

const pictures = Array.from({ length: 12 }, (_, index) => ({ path: `${index}`, label: index % 3 }));
const source = (isDrawn = false) => ({ trainingPool: () => ({ pictures, isDrawn }) });

test("is all pictures, or as many of each class as are asked for, equal for equal seeds", () => {
  expect(drawSupport(source(), { shots: undefined, seed: 1 })).toEqual(pictures);
  const drawn = drawSupport(source(), { shots: 2, seed: 1 });
  expect(drawn.map(({ label }) => label)).toEqual([0, 0, 1, 1, 2, 2]);
  expect(drawSupport(source(), { shots: 2, seed: 1 })).toEqual(drawn);
  expect(drawSupport(source(), { shots: 2, seed: 2 })).not.toEqual(drawn);
});

test("a draw that is there already is taken as it is", () => {
  expect(drawSupport(source(true), { shots: 2, seed: 1 })).toEqual(pictures);
});

test("what is left out is not drawn", () => {
  const without = new Set(["0", "3", "6"]);
  const drawn = drawSupport(source(), { shots: 4, seed: 1, without });
  expect(drawn.filter(({ label }) => label === 0).map(({ path }) => path)).toEqual(["9"]);
});
