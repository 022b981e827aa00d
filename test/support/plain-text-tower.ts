import type { SuffixLayout } from "../../src/clip/suffix-layout.ts";
import type { TextTower } from "../../src/clip/text-tower.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Value } from "../../src/graph/node.ts";
import { normalizePlainly, plainBlock, projectPlainly, replaceRows } from "./plain-transformer.ts";
import { SMALL_WIDTH } from "./small-text-tower.ts";

/** Positions that CLIP's prompts are padded to. */
const CONTEXT = 77;

/** Prompts as the text tower takes them, and what replaces rows 1 to N of each behind the first block. */
interface PlainInput {
  readonly prefix: Value;
  readonly suffix: Value;
  readonly layout: SuffixLayout;
  readonly deepPrompts?: readonly Value[];
}

/**
 * Text features of the small tower as CLIP is described: each class's prompt, padded to 77 positions with rows that must not matter,
 * encoded on its own.
 */
export function encodeAllPlainly(
  g: GraphBuilder,
  tower: TextTower,
  { prefix, suffix, layout, deepPrompts = [] }: PlainInput,
): Value {
  const features = layout.rowOf.map((rows) => {
    const own = rows.map((row) => g.slice(suffix, 0, row, row + 1));
    const length = (prefix.shape[0] ?? 0) + rows.length;
    const padding = g.literal(
      "float32",
      [CONTEXT - length, SMALL_WIDTH],
      new Float32Array((CONTEXT - length) * SMALL_WIDTH).map((_, i) => (i % 5) - 1.5),
    );
    return encodePlainly(g, tower, {
      x: g.concat([prefix, ...own, padding], 0),
      end: length - 1,
      deepPrompts,
    });
  });
  return g.concat(features, 0);
}

/** The text feature of one prompt `[77, W]`. */
function encodePlainly(
  g: GraphBuilder,
  { config, weights }: TextTower,
  { x, end, deepPrompts }: { x: Value; end: number; deepPrompts: readonly Value[] },
): Value {
  let stream = x;
  weights.blocks.forEach((block, index) => {
    const deep = deepPrompts[index - 1];
    if (deep !== undefined) stream = replaceRows(g, stream, 1, deep);
    stream = plainBlock(g, stream, block, { ...config, isCausal: true });
  });
  const normalized = normalizePlainly(g, stream, weights.finalNorm, config.layerNormEps);
  return projectPlainly(g, g.slice(normalized, 0, end, end + 1), weights.projection);
}
