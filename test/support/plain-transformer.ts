import type { Activation } from "../../src/clip/config.ts";
import type { BlockWeights, LinearWeights, NormWeights } from "../../src/clip/weights.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Value } from "../../src/graph/node.ts";

/** What blocks of a tower have in common. */
export interface PlainBlockConfig {
  readonly heads: number;
  readonly activation: Activation;
  readonly layerNormEps: number;
}

/** `x W + b`. */
export function projectPlainly(g: GraphBuilder, x: Value, { weight, layout, bias }: LinearWeights): Value {
  const stored = g.constant(weight);
  const product = g.matMul(x, layout === "out-in" ? g.transpose(stored) : stored);
  return bias === undefined ? product : g.add(product, g.constant(bias));
}

/** `(x - mean) / sqrt(variance + eps) scale + shift`, written out. */
export function normalizePlainly(
  g: GraphBuilder,
  x: Value,
  { weight, bias }: NormWeights,
  epsilon: number,
): Value {
  const centred = g.sub(x, g.reduceMean(x, [-1], true));
  const variance = g.reduceMean(g.mul(centred, centred), [-1], true);
  const scaled = g.div(centred, g.sqrt(g.add(variance, g.scalar(epsilon))));
  return g.add(g.mul(scaled, g.constant(weight)), g.constant(bias));
}

/**
 * One block over the positions `[T, width]` of one sequence, as transformers are described: nothing shared, nothing left out.
 *
 * @param isCausal whether a position sees only those before it, and itself
 */
export function plainBlock(
  g: GraphBuilder,
  x: Value,
  block: BlockWeights,
  { heads, activation, layerNormEps, isCausal }: PlainBlockConfig & { readonly isCausal: boolean },
): Value {
  const rows = normalizePlainly(g, x, block.attentionNorm, layerNormEps);
  const [queries, keys, values] = [block.query, block.key, block.value].map((weight) =>
    projectPlainly(g, rows, weight),
  ) as [Value, Value, Value];
  const attended = attend(g, { queries, keys, values }, { heads, isCausal });
  const stream = g.add(x, projectPlainly(g, attended, block.attentionOutput));
  const hidden = projectPlainly(g, normalizePlainly(g, stream, block.mlpNorm, layerNormEps), block.mlpUp);
  return g.add(stream, projectPlainly(g, activate(g, hidden, activation), block.mlpDown));
}

function activate(g: GraphBuilder, x: Value, activation: Activation): Value {
  if (activation === "quick_gelu") return g.mul(x, g.sigmoid(g.mul(x, g.scalar(1.702))));
  const phi = g.mul(g.scalar(0.5), g.add(g.scalar(1), g.erf(g.div(x, g.scalar(Math.SQRT2)))));
  return g.mul(x, phi);
}

/** One head at a time. */
function attend(
  g: GraphBuilder,
  { queries, keys, values }: { readonly queries: Value; readonly keys: Value; readonly values: Value },
  { heads, isCausal }: { readonly heads: number; readonly isCausal: boolean },
): Value {
  const [positions = 0, all = 0] = queries.shape;
  const width = all / heads;
  const hidden = Float32Array.from({ length: positions * positions }, (_, i) =>
    isCausal && i % positions > Math.floor(i / positions) ? -1e9 : 0,
  );
  const mask = g.literal("float32", [positions, positions], hidden);
  const results = Array.from({ length: heads }, (_, head) => {
    const of = (x: Value) => g.slice(x, 1, head * width, (head + 1) * width);
    const scores = g.div(g.matMul(of(queries), g.transpose(of(keys))), g.scalar(Math.sqrt(width)));
    return g.matMul(g.softmax(g.add(scores, mask)), of(values));
  });
  return g.concat(results, 1);
}

/** Rows of `[T, width]` from `start` on replaced. */
export function replaceRows(g: GraphBuilder, x: Value, start: number, rows: Value): Value {
  const [positions = 0] = x.shape;
  const end = start + (rows.shape[0] ?? 0);
  return g.concat(
    [
      ...(start > 0 ? [g.slice(x, 0, 0, start)] : []),
      rows,
      ...(end < positions ? [g.slice(x, 0, end, positions)] : []),
    ],
    0,
  );
}
