import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { EngineError } from "../errors.ts";
import type { OnnxModel } from "../graph/onnx-model.ts";
import { createSession, type Engine, wrapFailure } from "./engine-session.ts";
import type { Device, LoadOptions, Runtime, RuntimeOptions, Session } from "./runtime.ts";

/** How a runtime runs graphs in a browser. */
export interface WebRuntimeOptions extends RuntimeOptions {
  /**
   * URL of the folder that serves the `.wasm` and `.mjs` files of onnxruntime-web's `dist`, with a slash at its end; beside
   * the script if not given. Nothing is loaded from anywhere else.
   */
  readonly assets?: string;
}

/** The parts of onnxruntime-web that its builds share. */
type Ort = typeof import("onnxruntime-web/wasm");

/** Devices that this browser can run on: the CPU through WebAssembly, and WebGPU where there is an adapter. */
export async function listWebDevices(): Promise<Device[]> {
  return (await hasWebGpu()) ? ["cpu", "webgpu"] : ["cpu"];
}

/**
 * The engine in a browser: ONNX Runtime, compiled to WebAssembly. Several threads need a page that is cross-origin isolated,
 * and the first runtime of a page decides on their number.
 *
 * @throws {EngineError} if the browser does not have the device; the message lists those it has
 */
export async function createWebRuntime({
  device = "cpu",
  threads,
  assets,
}: WebRuntimeOptions = {}): Promise<Runtime> {
  const devices = await listWebDevices();
  if (!devices.includes(device)) {
    throw new EngineError({
      where: "device",
      expected: `one of ${devices.join(", ")}, which this browser has`,
      got: device,
      fix: "Choose one of these, or a browser that has it.",
    });
  }
  // The build for WebGPU can suspend WebAssembly, which makes it larger and slower than the one for the CPU.
  const ort: Ort =
    device === "webgpu" ? await import("onnxruntime-web/webgpu") : await import("onnxruntime-web/wasm");
  if (assets !== undefined) ort.env.wasm.wasmPaths = assets;
  if (threads !== undefined) ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "fatal";
  const engine: Engine<OrtTensor> = {
    name: `onnxruntime-web ${ort.env.versions.web}`,
    createTensor: ({ dtype, data, shape }) =>
      new ort.Tensor(dtype as "float32", data as Float32Array, [...shape]),
  };
  return {
    name: `${engine.name} ${device}`,
    device,
    load: (model, options) => loadSession(ort, engine, device, model, options),
  };
}

async function hasWebGpu(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  return gpu !== undefined && (await gpu.requestAdapter()) !== null;
}

async function loadSession(
  ort: Ort,
  engine: Engine<OrtTensor>,
  device: Device,
  model: OnnxModel,
  options: LoadOptions = {},
): Promise<Session> {
  if (model.folder !== undefined) {
    throw new EngineError({
      where: engine.name,
      expected: "constants in memory",
      got: `constants in files of ${model.folder}`,
      fix: "Read the checkpoint into memory first; a browser has no files.",
    });
  }
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: device === "cpu" ? ["wasm"] : [device, "wasm"],
    graphOptimizationLevel: "all",
    logSeverityLevel: 4,
    externalData: [...model.buffers],
    extra: {
      session: options.prepack === false ? { disable_prepacking: "1" } : {},
      // As in Node: it moves transposes to where they are slower.
      optimization: { disable_specified_optimizers: "TransposeOptimizer" },
    },
  };
  const loaded = await wrapFailure(engine.name, "load a graph", () =>
    inTurn(() => ort.InferenceSession.create(model.bytes, sessionOptions)),
  );
  return createSession(engine, {
    inputMetadata: loaded.inputMetadata,
    run: (feeds) => inTurn(() => loaded.run(feeds, { logSeverityLevel: 4 })),
    release: () => inTurn(() => loaded.release()),
  });
}

let last: Promise<unknown> = Promise.resolve();

/** Runs actions one after the other: all sessions of a page share one WebAssembly instance, which does one thing at a time. */
function inTurn<T>(action: () => Promise<T>): Promise<T> {
  const result = last.then(action, action);
  last = result.catch(() => undefined);
  return result;
}
