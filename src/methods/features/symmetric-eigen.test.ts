import { expect, test } from "vitest";
import { checkClose } from "../../../test/support/check-close.ts";
import { seededTensor } from "../../../test/support/seeded-tensor.ts";
import { createTensor } from "../../tensor/tensor.ts";
import { multiplyTransposed, transpose } from "./matrix-product.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** Twenty rotations in float64. */
const TOLERANCE = { rtol: 1e-10, atol: 1e-12 };

test.each([1, 2, 20])(
  "a matrix of %d rows is the sum of its parts, whose vectors are orthonormal",
  (size) => {
    const half = seededTensor(3)([size, 2 * size], 1);
    const matrix = multiplyTransposed(half, half);
    const { values, vectors } = symmetricEigen(matrix);
    const scaled = { ...vectors, data: vectors.data.map((x, i) => x * (values[Math.floor(i / size)] ?? 0)) };
    checkClose(multiplyTransposed(transpose(vectors), transpose(scaled)), matrix, TOLERANCE);
    const identity = Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
    checkClose(
      multiplyTransposed(vectors, vectors),
      createTensor("float64", [size, size], identity),
      TOLERANCE,
    );
    expect([...values]).toEqual([...values].sort((a, b) => a - b));
  },
);
