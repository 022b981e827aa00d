import fc from "fast-check";
import { expect, test } from "vitest";
import { checkClose } from "../../test/support/check-close.ts";
import type { Array64 } from "../../test/support/reference/array64.ts";
import { evaluate } from "../../test/support/reference-evaluator.ts";
import { SAME_ARITHMETIC } from "../../test/support/tolerances.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { createRandom } from "../tensor/random.ts";
import { type Shape, sizeOf } from "../tensor/shape.ts";
import { unbroadcast } from "./rule.ts";

/** A shape, and one that stretches to it: leading axes left out, others set to 1. */
const stretched = fc
  .record({
    full: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
    dropped: fc.nat(4),
    ones: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    seed: fc.nat(),
  })
  .map(({ full, dropped, ones, seed }) => ({
    full,
    seed,
    narrow: full.map((extent, axis) => (ones[axis] ? 1 : extent)).slice(Math.min(dropped, full.length)),
  }));

test("unbroadcast is the adjoint of stretching: <dy, expand(x)> = <unbroadcast(dy), x>", () => {
  fc.assert(
    fc.property(stretched, ({ full, narrow, seed }) => {
      const g = new GraphBuilder();
      const x = g.input("x", "float32", narrow);
      const dy = g.input("dy", "float32", full);
      const dx = unbroadcast(g, dy, x);
      expect(dx.shape).toEqual(narrow);
      const feeds = { x: draw(narrow, seed), dy: draw(full, seed + 1) };
      const [left, right] = evaluate(
        [g.reduceSum(g.mul(dy, g.expand(x, full))), g.reduceSum(g.mul(dx, x))],
        feeds,
      );
      checkClose(left as Array64, right as Array64, SAME_ARITHMETIC);
    }),
  );
});

test("nothing is added where nothing was stretched", () => {
  const g = new GraphBuilder();
  const dy = g.input("dy", "float32", [2, 1, 3]);
  expect(unbroadcast(g, dy, g.input("x", "float32", [2, 1, 3]))).toBe(dy);
});

function draw(shape: Shape, seed: number): Array64 {
  const { random } = createRandom(seed);
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, () => 2 * random() - 1) };
}
