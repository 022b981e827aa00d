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
 * `factor (x @ weight) + bias` over rows; `factor` scales the bias too where `scaleBias` says so.
 *
 * @param x float32 `[rows, in]`
 * @returns float32 `[rows, out]`
 * @throws {ShapeError} if the weight does not take `in` features
 */
export function linear(
  g: GraphBuilder,
  x: Value,
  { weight, layout, bias }: LinearWeights,
  { factor = 1, scaleBias = false } = {},
): Value {
  const options = { transB: layout === "out-in", alpha: factor, beta: scaleBias ? factor : 1 };
  return g.gemm(x, weightOf(g, weight), bias === undefined ? undefined : weightOf(g, bias), options);
}

/** Layer normalisation of rows, with stored scale and shift. */
export function layerNorm(g: GraphBuilder, x: Value, norm: NormWeights, epsilon: number): Value {
  return g.layerNorm(x, weightOf(g, norm.weight), weightOf(g, norm.bias), epsilon);
}

/** OpenAI's activation is `x sigmoid(1.702 x)`. */
const QUICK_GELU_SLOPE = 1.702;

/**
 * The MLP of a block: widen, activate, narrow.
 *
 * QuickGELU is computed as `u sigmoid(u) / 1.702` with `u = 1.702 x`; both factors ride on the matrix products, which spares
 * passes over the widest tensors of the model.
 */
function mlp(g: GraphBuilder, x: Value, { mlpUp, mlpDown }: BlockWeights, activation: Activation): Value {
  if (activation === "quick_gelu") {
    const u = linear(g, x, mlpUp, { factor: QUICK_GELU_SLOPE, scaleBias: true });
    return linear(g, g.mul(u, g.sigmoid(u)), mlpDown, { factor: 1 / QUICK_GELU_SLOPE });
  }
  const hidden = linear(g, x, mlpUp);
  const phi = g.mul(g.add(g.erf(g.mul(hidden, g.scalar(Math.SQRT1_2))), g.scalar(1)), g.scalar(0.5));
  return linear(g, g.mul(hidden, phi), mlpDown);
}

/**
 * The second half of a block: normalise, MLP, and add to the residual stream.
 *
 * @param x residual stream, float32 `[rows, width]`
 */
export function mlpResidual(
  g: GraphBuilder,
  x: Value,
  block: BlockWeights,
  { activation, layerNormEps }: { activation: Activation; layerNormEps: number },
): Value {
  return g.scope("mlp", () =>
    g.add(x, mlp(g, layerNorm(g, x, block.mlpNorm, layerNormEps), block, activation)),
  );
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
