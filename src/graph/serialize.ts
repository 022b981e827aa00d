import onnxProto from "onnx-proto";
import { ModelFileError } from "../errors.ts";
import type { Dtype } from "../tensor/dtype.ts";
import {
  byteLengthOf,
  type FileTensor,
  isFileTensor,
  type StoredTensor,
  type Tensor,
} from "../tensor/tensor.ts";
import { CONTRIB_DOMAIN, lowerNode } from "./lower.ts";
import type { Graph, Value } from "./node.ts";
import type { ExternalBuffer, OnnxModel } from "./onnx-model.ts";
import { collectNeeded } from "./prune.ts";

const { onnx } = onnxProto;

/** ONNX operator set that the nodes are written for. */
export const OPSET = 21;
/** File format version that goes with the operator set. */
const IR_VERSION = 10;
/** Constants of at least this many bytes stay outside the protobuf message, which would copy them and ends at 2 GiB. */
const EXTERNAL_BYTES = 16_384;

/** TensorProto.DataType of each dtype. */
export const onnxDataType: Readonly<Record<Dtype, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

/**
 * Writes what the outputs of a graph need as an ONNX model. Constants in files become byte ranges that the engine maps.
 * Large constants in memory are handed over as buffers without a copy, unless others lie in files: ONNX Runtime looks for
 * all external data either in buffers or in files, so they are then written into the model itself.
 *
 * @throws {ModelFileError} if constants lie in files of more than one folder
 */
export function serializeGraph(graph: Graph): OnnxModel {
  const needed = collectNeeded(graph);
  const inFiles = needed.constants.some((value) => isFileTensor(value.constant as StoredTensor));
  const store = new ConstantStore(inFiles);
  const initializer = needed.constants.map((value) =>
    store.write(value.name, value.constant as StoredTensor),
  );
  const nodes = needed.nodes.flatMap((node) =>
    lowerNode(node, (name, tensor) => initializer.push(store.write(name, tensor))),
  );
  // An output needs a name of its own, and may be an input, a constant, or another output's value.
  for (const [name, value] of graph.outputs) {
    nodes.push({ opType: "Identity", input: [value.name], output: [name] });
  }
  const inputs = graph.inputs.filter((value) => needed.inputs.includes(value));
  const model = onnx.ModelProto.create({
    irVersion: IR_VERSION,
    producerName: "lamm",
    opsetImport: [
      { domain: "", version: OPSET },
      { domain: CONTRIB_DOMAIN, version: 1 },
    ],
    graph: {
      name: "lamm",
      node: nodes,
      initializer,
      input: inputs.map((value) => valueInfo(value.name, value)),
      output: [...graph.outputs].map(([name, value]) => valueInfo(name, value)),
    },
  });
  return {
    bytes: onnx.ModelProto.encode(model).finish(),
    buffers: store.buffers,
    ...(store.folder !== undefined && { folder: store.folder }),
    inputNames: inputs.map((value) => value.name),
    outputNames: [...graph.outputs.keys()],
  };
}

function valueInfo(name: string, value: Value) {
  return {
    name,
    type: {
      tensorType: {
        elemType: onnxDataType[value.dtype],
        shape: { dim: value.shape.map((extent) => ({ dimValue: extent })) },
      },
    },
  };
}

/** Writes constants as TensorProtos and remembers where their bytes are. */
class ConstantStore {
  readonly buffers: ExternalBuffer[] = [];
  folder: string | undefined;
  readonly #inFiles: boolean;

  constructor(inFiles: boolean) {
    this.#inFiles = inFiles;
  }

  write(name: string, tensor: StoredTensor) {
    const base = { name, dims: [...tensor.shape], dataType: onnxDataType[tensor.dtype] };
    if (isFileTensor(tensor)) return { ...base, ...this.#inFile(tensor) };
    return { ...base, ...this.#inMemory(name, tensor) };
  }

  #inFile(tensor: FileTensor) {
    const slash = Math.max(tensor.file.lastIndexOf("/"), tensor.file.lastIndexOf("\\"));
    // A file at the root keeps its slash.
    const folder = tensor.file.slice(0, Math.max(slash, 1));
    this.folder ??= folder;
    if (folder !== this.folder) {
      throw new ModelFileError({
        where: tensor.file,
        expected: `weights in one folder, ${this.folder}`,
        got: folder,
        fix: "Put the checkpoint's files into one folder.",
      });
    }
    return external(
      tensor.file.slice(slash + 1),
      tensor.byteOffset,
      byteLengthOf(tensor.dtype, tensor.shape),
    );
  }

  #inMemory(name: string, tensor: Tensor) {
    const { buffer, byteOffset, byteLength } = tensor.data;
    const data = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
    if (this.#inFiles || byteLength < EXTERNAL_BYTES) return { rawData: data };
    this.buffers.push({ path: name, data });
    return external(name, 0, byteLength);
  }
}

function external(location: string, offset: number, length: number) {
  const entries = { location, offset: String(offset), length: String(length) };
  return {
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  };
}
