import type { GraphBuilder } from "../../src/graph/builder.ts";
import { serializeGraph } from "../../src/graph/serialize.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Loads a graph, runs it once and frees it. */
export async function runGraph(
  runtime: Runtime,
  g: GraphBuilder,
  feeds: Readonly<Record<string, Tensor>> = {},
): Promise<Record<string, Tensor>> {
  const session = await runtime.load(serializeGraph(g));
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
