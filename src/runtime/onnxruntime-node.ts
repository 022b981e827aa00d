import { env, InferenceSession, listSupportedBackends, Tensor as OrtTensor } from "onnxruntime-node";
import { EngineError } from "../errors.ts";
import type { OnnxModel } from "../graph/onnx-model.ts";
import type { Dtype } from "../tensor/dtype.ts";
import { formatShape, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Device, LoadOptions, Runtime, RuntimeOptions, Session } from "./runtime.ts";

/** Devices that the installed onnxruntime-node can run on. */
export function listDevices(): Device[] {
  const names = listSupportedBackends().map((backend) => backend.name);
  return (["cpu", "webgpu", "cuda"] as const).filter((device) => names.includes(device));
}

/**
 * The engine in Node: ONNX Runtime.
 *
 * @throws {EngineError} if the installed runtime does not have the device; the message lists those it has
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
  return {
    name: `onnxruntime-node ${env.versions.node} ${device}`,
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
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    graphOptimizationLevel: "all",
    // Errors come as exceptions; the engine's own warnings would go to stderr between ours.
    logSeverityLevel: 3,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    externalData: [...model.buffers],
    extra: {
      session,
      // It moves transposes through our attention, to where they are slower, and takes a second to do so (measured: a
      // 12-block text tower with its gradient loads in 0.65 s instead of 1.6 s).
      optimization: { disable_specified_optimizers: "TransposeOptimizer" },
    },
  };
  const loaded = await wrap("load a graph", () => InferenceSession.create(model.bytes, sessionOptions));
  return {
    run: (inputs) => runSession(loaded, inputs),
    release: () => loaded.release(),
  };
}

async function runSession(
  session: InferenceSession,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const feeds: Record<string, OrtTensor> = {};
  for (const metadata of session.inputMetadata) {
    const { name } = metadata;
    const tensor = inputs[name];
    const shape = metadata.isTensor ? (metadata.shape as readonly number[]) : [];
    const type = metadata.isTensor ? metadata.type : "none";
    if (tensor === undefined || tensor.dtype !== type || tensor.data.length !== sizeOf(shape)) {
      throw new EngineError({
        where: `input "${name}"`,
        expected: `${type} ${formatShape(shape)}`,
        got: tensor === undefined ? "nothing" : `${tensor.dtype} ${formatShape(tensor.shape)}`,
      });
    }
    feeds[name] = new OrtTensor(type as "float32", tensor.data as Float32Array, [...shape]);
  }
  const results = await wrap("run a graph", () => session.run(feeds));
  const outputs: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(results)) {
    outputs[name] = { dtype: tensor.type as Dtype, shape: tensor.dims, data: tensor.data as Float32Array };
  }
  return outputs;
}

async function wrap<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new EngineError({
      where: `onnxruntime-node ${env.versions.node}`,
      expected: `to ${what}`,
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}
