import { ShapeError } from "../../errors.ts";
import { broadcastShapes, formatShape, type Shape, sameShape } from "../../tensor/shape.ts";
import {
  checkDtype,
  checkRank,
  checkSameDtype,
  formatType,
  type InferenceRule,
  inputAt,
} from "./arguments.ts";

/** `[..., M, K] x [..., K, N]`, leading axes broadcast, after `transA` and `transB` swapped the last two axes of an input. */
export const matMul: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const b = inputAt(inputs, 1, where);
  checkDtype(a, ["float32", "float64"], where);
  const [m, k] = matrixOf(a.shape, attributes.transA === 1);
  const [k2, n] = matrixOf(b.shape, attributes.transB === 1);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const fits = m !== undefined && n !== undefined && k === k2;
  if (!fits || batch === undefined || a.dtype !== b.dtype) {
    throw new ShapeError({
      where,
      expected: "[..., M, K] x [..., K, N] with equal K (after transA and transB)",
      got: `${formatType(a)} x ${formatType(b)}`,
      fix: "Transpose an input where its axes are the other way round.",
    });
  }
  return [{ dtype: a.dtype, shape: [...batch, m, n] }];
};

/** Rows and columns of the last two axes; `undefined` where there are fewer than two. */
function matrixOf(shape: Shape, transposed: boolean): (number | undefined)[] {
  if (shape.length < 2) return [];
  return transposed ? [shape.at(-1), shape.at(-2)] : [shape.at(-2), shape.at(-1)];
}

/** `a b + c` of matrices, either of them transposed by `transA`, `transB`. */
export const gemm: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const b = inputAt(inputs, 1, where);
  checkDtype(a, ["float32", "float64"], where);
  checkRank(a, 2, where);
  checkRank(b, 2, where);
  const [m, k] = attributes.transA === 1 ? [a.shape[1], a.shape[0]] : a.shape;
  const [k2, n] = attributes.transB === 1 ? [b.shape[1], b.shape[0]] : b.shape;
  const shape = [m ?? 0, n ?? 0];
  if (k !== k2 || a.dtype !== b.dtype) {
    throw new ShapeError({
      where,
      expected: "[M, K] x [K, N] with equal K (after transA and transB)",
      got: `[${m}, ${k}] x [${k2}, ${n}]`,
      fix: "Check the weight's layout.",
    });
  }
  const c = inputs[2];
  if (c === undefined) return [{ dtype: a.dtype, shape }];
  checkSameDtype(a, c, where);
  if (!sameShape(broadcastShapes(c.shape, shape) ?? [], shape)) {
    throw new ShapeError({
      where,
      expected: `a bias that broadcasts to ${formatShape(shape)}`,
      got: formatType(c),
    });
  }
  return [{ dtype: a.dtype, shape }];
};
