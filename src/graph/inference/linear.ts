import { ShapeError } from "../../errors.ts";
import { broadcastShapes, formatShape } from "../../tensor/shape.ts";
import { checkDtype, checkRank, formatType, type InferenceRule, inputAt } from "./arguments.ts";

/** `[..., M, K] x [..., K, N]`, leading axes broadcast. */
export const matMul: InferenceRule = (inputs, _attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const b = inputAt(inputs, 1, where);
  checkDtype(a, ["float32", "float64"], where);
  const inner = a.shape.at(-1);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const fits = a.shape.length >= 2 && b.shape.length >= 2 && inner === b.shape.at(-2);
  if (!fits || batch === undefined || a.dtype !== b.dtype) {
    throw new ShapeError({
      where,
      expected: `[..., M, K] x [..., K, N] with equal K`,
      got: `${formatType(a)} x ${formatType(b)}`,
      fix: "Transpose an input where its axes are the other way round.",
    });
  }
  return [{ dtype: a.dtype, shape: [...batch, a.shape.at(-2) ?? 0, b.shape.at(-1) ?? 0] }];
};

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
  if (c !== undefined && formatShape(broadcastShapes(c.shape, shape) ?? []) !== formatShape(shape)) {
    throw new ShapeError({
      where,
      expected: `a bias that broadcasts to ${formatShape(shape)}`,
      got: formatType(c),
    });
  }
  return [{ dtype: a.dtype, shape }];
};
