import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import type { StoredTensor } from "../tensor/tensor.ts";
import type { Activation } from "./config.ts";
import type { BlockWeights, LinearWeights, NormWeights } from "./weights.ts";

/** A stored weight as a float32 value; narrower files are widened by the engine, once, when it loads the graph. */
export function weightOf(g: GraphBuilder, stored: StoredTensor): Value {
  return g.cast(g.constant(stored), "float32");
}

/**
 * `x @ weight + bias` over rows.
 *
 * @param x float32 `[rows, in]`
 * @returns float32 `[rows, out]`
 * @throws {ShapeError} if the weight does not take `in` features
 */
export function linear(g: GraphBuilder, x: Value, { weight, layout, bias }: LinearWeights): Value {
  const options = { transB: layout === "out-in" };
  return g.gemm(x, weightOf(g, weight), bias === undefined ? undefined : weightOf(g, bias), options);
}

/** Layer normalisation of rows, with stored scale and shift. */
export function layerNorm(g: GraphBuilder, x: Value, norm: NormWeights, epsilon: number): Value {
  return g.layerNorm(x, weightOf(g, norm.weight), weightOf(g, norm.bias), epsilon);
}

/** The MLP's non-linearity: `x sigmoid(1.702 x)` or the exact `x Phi(x)`. */
export function activate(g: GraphBuilder, x: Value, activation: Activation): Value {
  if (activation === "quick_gelu") return g.mul(x, g.sigmoid(g.mul(x, g.scalar(1.702))));
  const phi = g.mul(g.add(g.erf(g.mul(x, g.scalar(Math.SQRT1_2))), g.scalar(1)), g.scalar(0.5));
  return g.mul(x, phi);
}

/**
 * The second half of a block: normalise, widen, activate, narrow, and add to the residual stream.
 *
 * @param x residual stream, float32 `[rows, width]`
 */
export function mlpResidual(
  g: GraphBuilder,
  x: Value,
  block: BlockWeights,
  { activation, layerNormEps }: { activation: Activation; layerNormEps: number },
): Value {
  return g.scope("mlp", () => {
    const hidden = linear(g, layerNorm(g, x, block.mlpNorm, layerNormEps), block.mlpUp);
    return g.add(x, linear(g, activate(g, hidden, activation), block.mlpDown));
  });
}

/**
 * L2-normalised rows.
 *
 * A zero row stays zero; its gradient is that of `x / 1e-12`.
 * @param x float32 `[rows, width]`
 */
export function normalizeRows(g: GraphBuilder, x: Value): Value {
  const squares = g.reduceSum(g.mul(x, x), [-1], true);
  // Far below the square of any feature's length, far above the smallest float32.
  return g.div(x, g.sqrt(g.add(squares, g.scalar(1e-24))));
}
