// Runs in a page: the runtime's contract on onnxruntime-web, as the test in Node asks for it.

import {
  createWebRuntime,
  listWebDevices,
  type WebRuntimeOptions,
} from "../../src/runtime/onnxruntime-web.ts";
import type { Device } from "../../src/runtime/runtime.ts";
import { runtimeContract } from "../contract/runtime.ts";

/** What the page offers to the test. */
export interface ContractPage {
  listDevices(): Promise<Device[]>;
  /**
   * Runs the cases of these names.
   *
   * @returns for each what went wrong, or `passed`
   */
  runContract(options: WebRuntimeOptions, names: readonly string[]): Promise<Record<string, string>>;
  /** The message of the error with which a device, or a graph with constants in files, is refused. */
  refusalOf(mistake: { device: string } | { folder: string }): Promise<string>;
}

const assets = new URL("/engine/", location.href).href;

async function messageOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
    return "passed";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const page: ContractPage = {
  listDevices: listWebDevices,
  async runContract(options, names) {
    const runtime = await createWebRuntime({ ...options, assets });
    const results: Record<string, string> = {};
    for (const { name, run } of runtimeContract) {
      if (names.includes(name)) results[name] = await messageOf(() => run(runtime));
    }
    return results;
  },
  refusalOf: (mistake) =>
    messageOf(async () => {
      if ("device" in mistake) return createWebRuntime({ device: mistake.device as Device, assets });
      const runtime = await createWebRuntime({ assets });
      return runtime.load({
        ...mistake,
        bytes: new Uint8Array(),
        buffers: [],
        inputNames: [],
        outputNames: [],
      });
    }),
};
Object.assign(globalThis, { page });
