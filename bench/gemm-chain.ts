import { linear } from "../src/clip/layers.ts";
import type { BlockWeights, LinearWeights } from "../src/clip/weights.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import type { Value } from "../src/graph/node.ts";
import { serializeGraph } from "../src/graph/serialize.ts";
import type { Runtime } from "../src/runtime/runtime.ts";
import { type CountedTower, linearFlops } from "./flops.ts";
import { randomTensor } from "./random-tensor.ts";

/** Nothing but the matrix products of a transformer's blocks, one after the other: the rate that its shapes allow. */
export interface GemmChain {
  readonly flops: number;
  run(): Promise<unknown>;
  release(): Promise<void>;
}

/**
 * Loads the products of `rows` rows with the constant weights of all blocks: four of `W x W`, one of `W x 4 W` and one of
 * `4 W x W` each, without bias, activation or anything between.
 */
export async function loadGemmChain(
  runtime: Runtime,
  { width, layers, blocks }: CountedTower & { readonly blocks: readonly BlockWeights[] },
  rows: number,
): Promise<GemmChain> {
  const g = new GraphBuilder();
  let x = g.input("x", "float32", [rows, width]);
  const multiply = (value: Value, { weight, layout }: LinearWeights) => linear(g, value, { weight, layout });
  for (const { query, key, value, attentionOutput, mlpUp, mlpDown } of blocks) {
    for (const weights of [query, key, value, attentionOutput, mlpUp, mlpDown]) x = multiply(x, weights);
  }
  g.output("y", x);
  const session = await runtime.load(serializeGraph(g));
  const input = randomTensor([rows, width], "gemm chain");
  return {
    flops: linearFlops({ width, layers }, { rows, asked: rows }),
    run: () => session.run({ x: input }),
    release: () => session.release(),
  };
}
