import onnxProto from "onnx-proto";
import type { OnnxModel } from "../../src/graph/onnx-model.ts";

/** A serialised graph as another program reads it. */
export interface DecodedModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly opsetImport: readonly { domain?: string; version: number }[];
  readonly node: readonly { opType: string; name?: string; input: string[]; output: string[] }[];
  readonly initializer: readonly DecodedTensor[];
  readonly input: readonly { name: string }[];
  readonly output: readonly { name: string }[];
}

/** An initializer, with its elements or where they are. */
export interface DecodedTensor {
  readonly name: string;
  readonly dataType: number;
  readonly dims: number[];
  readonly rawData?: Uint8Array;
  readonly dataLocation?: number;
  readonly externalData: readonly { key: string; value: string }[];
}

/** Reads a model's message. */
export function decodeModel({ bytes }: OnnxModel): DecodedModel {
  const message = onnxProto.onnx.ModelProto.decode(bytes);
  const options = { longs: Number, enums: Number, arrays: true };
  const { graph, ...rest } = onnxProto.onnx.ModelProto.toObject(message, options);
  return { ...rest, ...graph } as DecodedModel;
}
