import type { Runtime } from "../../src/runtime/runtime.ts";

/** What a {@link countingRuntime} has done. */
export interface RuntimeCounts {
  /** Graphs loaded so far. */
  loaded: number;
  /** Graphs loaded and not released. */
  held: number;
  /** Runs so far. */
  runs: number;
}

/** A runtime that counts the graphs it loads and those it still holds. */
export function countingRuntime(runtime: Runtime): { counts: RuntimeCounts; counting: Runtime } {
  const counts = { loaded: 0, held: 0, runs: 0 };
  const counting: Runtime = {
    name: runtime.name,
    device: runtime.device,
    load: async (model, options) => {
      const session = await runtime.load(model, options);
      counts.loaded += 1;
      counts.held += 1;
      return {
        run: (inputs) => {
          counts.runs += 1;
          return session.run(inputs);
        },
        release: async () => {
          counts.held -= 1;
          await session.release();
        },
      };
    },
  };
  return { counts, counting };
}
