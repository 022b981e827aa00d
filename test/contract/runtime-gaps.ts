import type { ContractGap } from "./contract-case.ts";

/** Where runtimes of the contract run. */
export type RuntimePlatform = "node" | "wasm" | "webgpu";

/** What each platform does not keep of the runtime's contract. */
export const runtimeGaps: Readonly<Record<RuntimePlatform, readonly ContractGap[]>> = {
  node: [],
  wasm: [],
  webgpu: [
    {
      reason: "The build for WebGPU has no kernels for float64 and bfloat16: widen such weights before.",
      cases: ["runs operators in float64", "widens bfloat16 constants, small and large"],
    },
    {
      reason: "Shaders do not check indices: a row that is not there is not reported.",
      cases: ["reports a run that fails, and goes on"],
    },
    {
      reason:
        "Rows are added by atomics in no fixed order, so a gather's gradient differs in its last bits between runs.",
      cases: ["gives the same bits for the same inputs"],
    },
  ],
};
