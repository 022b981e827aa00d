import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { linear } from "./layers.ts";
import type { LinearWeights } from "./weights.ts";

/** Projections of an attention layer. */
export interface AttentionWeights {
  readonly query: LinearWeights;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  readonly output: LinearWeights;
}

/** Who attends to whom, picture by picture. */
export interface AttentionRows {
  /** Rows that ask: `[batch * q, width]`. */
  readonly queries: Value;
  /** Rows that are asked: `[batch * k, width]`. */
  readonly memory: Value;
}

/**
 * Attention of several heads within each of `batch` pictures, without a mask.
 *
 * @returns float32 `[batch * q, out]`
 * @throws {ShapeError} if rows, weights, batch and heads do not fit together
 * @see Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export function multiHeadAttention(
  g: GraphBuilder,
  { queries, memory }: AttentionRows,
  weights: AttentionWeights,
  { batch, heads }: { readonly batch: number; readonly heads: number },
): Value {
  const [asked = 0, width = 0] = queries.shape;
  const headWidth = width / heads;
  const split = (rows: Value) => {
    const count = (rows.shape[0] ?? 0) / batch;
    return g.transpose(g.reshape(rows, [batch, count, heads, headWidth]), [0, 2, 1, 3]);
  };
  // The scale of the scores rides on the product that makes the queries.
  const query = split(linear(g, queries, weights.query, { factor: headWidth ** -0.5, scaleBias: true }));
  const key = split(linear(g, memory, weights.key));
  const value = split(linear(g, memory, weights.value));
  const attended = g.matMul(g.softmax(g.matMul(query, g.transpose(key))), value);
  return linear(g, g.reshape(g.transpose(attended, [0, 2, 1, 3]), [asked, width]), weights.output);
}
