import { layerNorm, linear, mlpResidual } from "../src/clip/layers.ts";
import { MASKED } from "../src/clip/suffix-layout.ts";
import type { TextTower } from "../src/clip/text-tower.ts";
import type { BlockWeights } from "../src/clip/weights.ts";
import type { GraphBuilder } from "../src/graph/builder.ts";
import type { Value } from "../src/graph/node.ts";

/** What the plain text tower reads. */
export interface PlainText {
  /** Embeddings without positions, float32 `[C, T, W]`. */
  readonly tokens: Value;
  /** Position of end-of-text of each prompt. */
  readonly ends: readonly number[];
  /** Prompts `[N, W]` that replace tokens 1 to N at the input of the second block, the third, and so on. */
  readonly deepPrompts?: readonly Value[];
}

/**
 * CLIP's text tower as it is usually written, to compare with: every prompt fills all positions of the context, nothing is shared
 * between prompts, and every row goes through all of every block.
 *
 * @returns text features before normalisation, float32 `[C, D]`
 * @see Radford et al. 2021, https://github.com/openai/CLIP/blob/main/clip/model.py, `encode_text`
 */
export function encodePlainText(
  g: GraphBuilder,
  { config, weights }: TextTower,
  { tokens, ends, deepPrompts = [] }: PlainText,
): Value {
  const [classes = 0, positions = 0, width = 0] = tokens.shape;
  const embedded = g.add(tokens, g.cast(g.constant(weights.positionEmbedding), "float32"));
  let x = g.reshape(embedded, [classes * positions, width]);
  weights.blocks.forEach((block, index) => {
    g.scope(`plain block ${index}`, () => {
      const deep = deepPrompts[index - 1];
      if (deep !== undefined) x = replacePrompts(g, x, { deep, classes });
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

/** Tokens 1 to N of every prompt replaced: `[C T, W]` to the same. */
function replacePrompts(
  g: GraphBuilder,
  x: Value,
  { deep, classes }: { readonly deep: Value; readonly classes: number },
): Value {
  const [rows = 0, width = 0] = x.shape;
  const [count = 0] = deep.shape;
  const prompts = g.reshape(x, [classes, rows / classes, width]);
  const each = g.expand(g.reshape(deep, [1, count, width]), [classes, count, width]);
  const rest = g.slice(prompts, 1, 1 + count, rows / classes);
  return g.reshape(g.concat([g.slice(prompts, 1, 0, 1), each, rest], 1), [rows, width]);
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
