import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTensor, zeros } from "../tensor/tensor.ts";
import { copyRows, gatherClasses, scatterClasses } from "./class-rows.ts";

/** `[..., W]` with every number its own index. */
function counted(shape: readonly number[]) {
  const length = shape.reduce((product, extent) => product * extent, 1);
  return createTensor(
    "float32",
    shape,
    Float32Array.from({ length }, (_, i) => i),
  );
}

describe("copyRows", () => {
  const source = Float32Array.of(0, 1, 10, 11, 20, 21);

  test("takes rows from where it is told", () => {
    const target = new Float32Array(4);
    copyRows(source, target, { width: 2, from: [2, 0] });
    expect([...target]).toEqual([20, 21, 0, 1]);
  });

  test("puts rows to where it is told, and leaves the others", () => {
    const target = Float32Array.of(5, 5, 5, 5, 5, 5, 5, 5);
    copyRows(source, target, { width: 2, to: [3, 0] });
    expect([...target]).toEqual([10, 11, 5, 5, 5, 5, 0, 1]);
  });

  test("copies nothing where no row is named", () => {
    const target = Float32Array.of(5, 5);
    copyRows(source, target, { width: 2, from: [] });
    copyRows(source, target, { width: 2 });
    expect([...target]).toEqual([5, 5]);
  });
});

describe("a chunk's classes", () => {
  test("are gathered in its order, and filled up with zeros", () => {
    const all = counted([3, 2]);
    expect(gatherClasses(all, [2, 0], 3)).toEqual(
      createTensor("float32", [3, 2], Float32Array.of(4, 5, 0, 1, 0, 0)),
    );
  });

  test("are gathered for each picture", () => {
    const all = counted([2, 3, 1]);
    expect(gatherClasses(all, [2, 0], 2)).toEqual(
      createTensor("float32", [2, 2, 1], Float32Array.of(2, 0, 5, 3)),
    );
  });

  test("all gathered and scattered are the whole again, whatever the chunks", () => {
    const size = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(
        size,
        fc.integer({ min: 1, max: 7 }),
        size,
        size,
        fc.boolean(),
        (pictures, count, width, of, isOne) => {
          const axes = isOne ? [] : [pictures];
          const all = counted([...axes, count, width]);
          const found = zeros(all.shape);
          const order = Array.from({ length: count }, (_, c) => (c * 5 + 2) % count);
          const classes = [...new Set([...order, ...order.keys()])];
          for (let start = 0; start < count; start += of) {
            const own = classes.slice(start, start + of);
            scatterClasses(gatherClasses(all, own, of), found, own);
          }
          expect(found).toEqual(all);
        },
      ),
    );
  });
});
