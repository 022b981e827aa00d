import { expect } from "vitest";
import type { OnnxModel } from "../../src/graph/onnx-model.ts";
import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";

const runtime = createNodeRuntime();

/** Why the engine refuses a model; `undefined` where it takes it. */
async function refusalOf(model: OnnxModel): Promise<string | undefined> {
  try {
    const session = await runtime.load(model);
    await session.release();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

expect.extend({
  /** Whether the engine loads a serialised graph: it then accepts every node, type and shape of it. */
  async toBeValidModel(model: OnnxModel) {
    const refusal = await refusalOf(model);
    return {
      pass: refusal === undefined,
      message: () =>
        refusal === undefined
          ? "expected the engine to refuse the model, but it loads"
          : `expected the engine to load the model, but: ${refusal}`,
    };
  },
});

declare module "vitest" {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Whether the engine loads a serialised graph. */
    toBeValidModel(): T extends OnnxModel ? Promise<Awaited<R>> : never;
  }
}
