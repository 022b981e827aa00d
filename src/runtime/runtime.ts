import type { OnnxModel } from "../graph/onnx-model.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Where a graph runs. */
export type Device = "cpu" | "webgpu" | "cuda";

/** How a runtime runs graphs. */
export interface RuntimeOptions {
  /** `cpu` if not given. */
  readonly device?: Device;
  /** Threads of one run; as many as there are cores if not given. */
  readonly threads?: number;
}

/** How one graph is loaded. */
export interface LoadOptions {
  /**
   * Whether the engine may store constant weights a second time, in the order its matrix product likes. Faster where a
   * graph runs often; off, memory stays at one copy. On if not given.
   */
  readonly prepack?: boolean;
}

/** A graph that is loaded and can run. */
export interface Session {
  /**
   * Runs the graph once.
   *
   * @param inputs a tensor for each input of the graph, by name; others are ignored, as outputs may not need every input
   * @returns a tensor for each output, by name
   * @throws {EngineError} if an input is missing or does not fit, the session was released, or the engine fails
   */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** Frees the engine's memory once runs under way have ended; the session cannot run afterwards. */
  release(): Promise<void>;
}

/** An engine that runs ONNX models: the only door to it. */
export interface Runtime {
  /** What runs graphs here, for results and reports, such as `onnxruntime-node 1.30.0 cpu`. */
  readonly name: string;
  readonly device: Device;
  /**
   * Loads a model.
   *
   * @throws {EngineError} if the engine refuses it, or the device does not work on this machine
   */
  load(model: OnnxModel, options?: LoadOptions): Promise<Session>;
}
