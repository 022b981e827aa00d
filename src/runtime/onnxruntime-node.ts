import { env, InferenceSession, listSupportedBackends, Tensor as OrtTensor } from "onnxruntime-node";
import { EngineError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { OnnxModel } from "../graph/onnx-model.ts";
import { serializeGraph } from "../graph/serialize.ts";
import { createSession, type Engine, messageOf, wrapFailure } from "./engine-session.ts";
import type { Device, LoadOptions, Runtime, RuntimeOptions, Session } from "./runtime.ts";

/** Name and version of the engine, such as `onnxruntime-node 1.30.0`. */
export const NODE_ENGINE = `onnxruntime-node ${env.versions.node}`;

const engine: Engine<OrtTensor> = {
  name: NODE_ENGINE,
  createTensor: ({ dtype, data, shape }) =>
    new OrtTensor(dtype as "float32", data as Float32Array, [...shape]),
};

/**
 * Devices that the installed onnxruntime-node is built for. Whether one works here turns out when a graph is loaded: the
 * machine may have no GPU, or not the libraries.
 */
export function listDevices(): Device[] {
  const names = listSupportedBackends().map((backend) => backend.name);
  return (["cpu", "webgpu", "cuda"] as const).filter((device) => names.includes(device));
}

/**
 * The engine in Node: ONNX Runtime.
 *
 * @throws {EngineError} if the installed runtime is not built for the device; the message lists those it is built for.
 *   Loading a graph throws one if the device does not work on this machine, and lists those that do
 */
export function createNodeRuntime({ device = "cpu", threads }: RuntimeOptions = {}): Runtime {
  const devices = listDevices();
  if (!devices.includes(device)) {
    throw new EngineError({
      where: "device",
      expected: `one of ${devices.join(", ")}, which this onnxruntime-node has`,
      got: device,
      fix: "Choose one of these, or install an onnxruntime-node built with it.",
    });
  }
  // Errors come as exceptions; the engine's own lines would go to stderr between ours.
  env.logLevel = "fatal";
  return {
    name: `${engine.name} ${device}`,
    device,
    load: (model, options) => loadSession(model, device, threads, options),
  };
}

async function loadSession(
  model: OnnxModel,
  device: Device,
  threads: number | undefined,
  options: LoadOptions = {},
): Promise<Session> {
  const session = {
    ...(model.folder !== undefined && { model_external_initializers_file_folder_path: model.folder }),
    ...(options.prepack === false && { disable_prepacking: "1" }),
  };
  const sessionOptions: InferenceSession.SessionOptions = {
    ...optionsOf(device),
    graphOptimizationLevel: "all",
    // With it the engine keeps a second block as large as the peak beside its arena: at 1,000 classes a step needs 2.3 GB
    // instead of 1.5 GB, at the same speed.
    enableMemPattern: false,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    externalData: [...model.buffers],
    extra: {
      session,
      // It moves transposes through our attention, to where they are slower, and takes a second to do so (measured: a
      // 12-block text tower with its gradient loads in 0.65 s instead of 1.6 s).
      optimization: { disable_specified_optimizers: "TransposeOptimizer" },
    },
  };
  try {
    return createSession(engine, await InferenceSession.create(model.bytes, sessionOptions));
  } catch (cause) {
    await checkDevice(device);
    return wrapFailure(engine.name, "load a graph", () => Promise.reject(cause));
  }
}

function optionsOf(device: Device): InferenceSession.SessionOptions {
  return { executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"], logSeverityLevel: 4 };
}

/**
 * Tries a device with the smallest graph there is.
 *
 * @throws {EngineError} if it does not work on this machine; the message lists those that do
 */
export async function checkDevice(device: Device): Promise<void> {
  const failure = await findDeviceFailure(device);
  if (failure === undefined) return;
  const working: Device[] = [];
  for (const other of listDevices()) if ((await findDeviceFailure(other)) === undefined) working.push(other);
  throw new EngineError({
    where: "device",
    expected: `one of ${working.join(", ")}, which work on this machine`,
    got: `${device} (${failure})`,
    fix: "Choose one of these, or install what the device needs.",
  });
}

/** Why a device does not load the smallest graph, in the engine's words; `undefined` where it does. */
export async function findDeviceFailure(device: Device): Promise<string | undefined> {
  const g = new GraphBuilder();
  g.output("y", g.neg(g.input("x", "float32", [1])));
  try {
    await (await InferenceSession.create(serializeGraph(g).bytes, optionsOf(device))).release();
    return undefined;
  } catch (failure) {
    return messageOf(failure);
  }
}
