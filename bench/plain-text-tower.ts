import { layerNorm, linear, mlpResidual } from "../src/clip/layers.ts";
import { MASKED } from "../src/clip/suffix-layout.ts";
import type { TextTower } from "../src/clip/text-tower.ts";
import type { BlockWeights } from "../src/clip/weights.ts";
import type { GraphBuilder } from "../src/graph/builder.ts";
import type { Value } from "../src/graph/node.ts";

/**
 * CLIP's text tower as it is usually written, to compare with: every prompt fills all positions of the context, nothing is shared
 * between prompts, and every row goes through all of every block.
 *
 * @param tokens embeddings without positions, float32 `[C, T, W]`
 * @param ends position of end-of-text of each prompt
 * @returns text features before normalisation, float32 `[C, D]`
 * @see Radford et al. 2021, https://github.com/openai/CLIP/blob/main/clip/model.py, `encode_text`
 */
export function encodePlainText(
  g: GraphBuilder,
  { config, weights }: TextTower,
  tokens: Value,
  ends: readonly number[],
): Value {
  const [classes = 0, positions = 0, width = 0] = tokens.shape;
  const embedded = g.add(tokens, g.cast(g.constant(weights.positionEmbedding), "float32"));
  let x = g.reshape(embedded, [classes * positions, width]);
  weights.blocks.forEach((block, index) => {
    g.scope(`plain block ${index}`, () => {
      const attended = attention(g, layerNorm(g, x, block.attentionNorm, config.layerNormEps), block, {
        classes,
        positions,
        heads: config.heads,
      });
      x = mlpResidual(g, g.add(x, attended), block, config);
    });
  });
  const rows = BigInt64Array.from(ends, (end, c) => BigInt(c * positions + end));
  const normalized = layerNorm(g, x, weights.finalNorm, config.layerNormEps);
  return linear(g, g.gather(normalized, g.literal("int64", [classes], rows)), weights.projection);
}

function attention(
  g: GraphBuilder,
  x: Value,
  block: BlockWeights,
  { classes, positions, heads }: { classes: number; positions: number; heads: number },
): Value {
  const [rows = 0, width = 0] = x.shape;
  const headWidth = width / heads;
  const split = (value: Value) =>
    g.transpose(g.reshape(value, [classes, positions, heads, headWidth]), [0, 2, 1, 3]);
  const queries = split(linear(g, x, block.query, { factor: headWidth ** -0.5, scaleBias: true }));
  const scores = g.matMul(queries, g.transpose(split(linear(g, x, block.key))));
  const attended = g.matMul(
    g.softmax(g.add(scores, causalMask(g, positions))),
    split(linear(g, x, block.value)),
  );
  return linear(g, g.reshape(g.transpose(attended, [0, 2, 1, 3]), [rows, width]), block.attentionOutput);
}

function causalMask(g: GraphBuilder, positions: number): Value {
  const data = new Float32Array(positions * positions);
  for (let query = 0; query < positions; query++) {
    data.fill(MASKED, query * positions + query + 1, (query + 1) * positions);
  }
  return g.literal("float32", [positions, positions], data);
}
