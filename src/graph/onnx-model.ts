/** Bytes that an ONNX model refers to by name, kept out of the model file so that they are not copied into it. */
export interface ExternalBuffer {
  /** Name that the model's initializers give as their location. */
  readonly path: string;
  readonly data: Uint8Array;
}

/** A serialised graph, ready for a runtime. */
export interface OnnxModel {
  /** The ModelProto. */
  readonly bytes: Uint8Array;
  /** Large constants in memory. */
  readonly buffers: readonly ExternalBuffer[];
  /** Absolute folder in which the files lie that the model's initializers name; `undefined` where it names none. */
  readonly folder?: string;
  /** Public output names, in order. */
  readonly outputNames: readonly string[];
  /** Input names that outputs need, in order. */
  readonly inputNames: readonly string[];
}
