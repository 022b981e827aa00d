import onnxProto, { type onnx as OnnxTypes } from "onnx-proto";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { Attributes, Node, OpType } from "./node.ts";

const { onnx } = onnxProto;

/** Operators that ONNX Runtime adds to ONNX's. */
export const CONTRIB_DOMAIN = "com.microsoft";

/** Stores a constant that a node needs as an input under a name. */
export type StoreConstant = (name: string, tensor: Tensor) => void;

/** Attributes that ONNX wants as int64 inputs after the node's own, in this order. */
const inputAttributes: Partial<Record<OpType, readonly string[]>> = {
  Reshape: ["shape"],
  Expand: ["shape"],
  ReduceSum: ["axes"],
  ReduceMean: ["axes"],
  ReduceMax: ["axes"],
};

/** Writes one node as ONNX has it, with the nodes that prepare its inputs before it. */
export function lowerNode(node: Node, store: StoreConstant): OnnxTypes.INodeProto[] {
  const special = lowerings[node.op];
  const lowering = new NodeLowering(node, store);
  return special === undefined ? lowerAttributes(lowering) : special(lowering);
}

type Lowering = (node: NodeLowering) => OnnxTypes.INodeProto[];

/** Operators whose attributes here are not ONNX's. */
const lowerings: Partial<Record<OpType, Lowering>> = {
  Slice: (lowering) => {
    const { axis, start, end } = lowering.attributes as { axis: number; start: number; end: number };
    for (const [suffix, number] of Object.entries({ starts: start, ends: end, axes: axis })) {
      lowering.addInput(suffix, int64List([number]));
    }
    return [lowering.proto({})];
  },
  OneHot: (lowering) => {
    lowering.addInput("depth", int64List([lowering.attributes.depth as number]));
    lowering.addInput("values", createTensor("float32", [2], Float32Array.of(0, 1)));
    return [lowering.proto({ axis: -1 })];
  },
  Cast: (lowering) => {
    const types = { float32: 1, int64: 7, float64: 11 };
    return [lowering.proto({ to: types[lowering.attributes.to as keyof typeof types] })];
  },
  MatMul: (lowering) => {
    // ONNX's MatMul takes no transposes; ONNX Runtime's own operator does.
    const { transA, transB } = lowering.attributes;
    if (transA !== 1 && transB !== 1) return [lowering.proto({})];
    return [{ ...lowering.proto(lowering.attributes), opType: "FusedMatMul", domain: CONTRIB_DOMAIN }];
  },
  ScatterElements: lowerScatter,
};

/** ONNX wants an index for each element of a row; the graph has one for each row. */
function lowerScatter(lowering: NodeLowering): OnnxTypes.INodeProto[] {
  const [, rows = "", updates = ""] = lowering.input;
  const shape = lowering.node.inputs[2]?.shape ?? [];
  const column = lowering.storeAs("column", int64List(shape.map((_, axis) => (axis === 0 ? -1 : 1))));
  const full = lowering.storeAs("updates", int64List(shape));
  const narrow = `${lowering.name}_rows`;
  const elements = `${lowering.name}_elements`;
  lowering.input.splice(1, 2, elements, updates);
  return [
    { opType: "Reshape", name: narrow, input: [rows, column], output: [narrow] },
    { opType: "Expand", name: elements, input: [narrow, full], output: [elements] },
    lowering.proto(lowering.attributes),
  ];
}

function lowerAttributes(lowering: NodeLowering): OnnxTypes.INodeProto[] {
  const attributes: Record<string, Attributes[string]> = { ...lowering.attributes };
  for (const key of inputAttributes[lowering.node.op] ?? []) {
    lowering.addInput(key, int64List(attributes[key] as readonly number[]));
    delete attributes[key];
  }
  return [lowering.proto(attributes)];
}

/** One node on its way to ONNX: its inputs grow by the constants that ONNX wants as inputs. */
class NodeLowering {
  readonly node: Node;
  /** Name of the node's first output, from which names of its parts derive. */
  readonly name: string;
  readonly input: string[];
  readonly #store: StoreConstant;

  constructor(node: Node, store: StoreConstant) {
    this.node = node;
    this.name = node.outputs[0]?.name ?? "";
    this.input = node.inputs.map((value) => value.name);
    this.#store = store;
  }

  get attributes(): Attributes {
    return this.node.attributes;
  }

  /** Stores a constant and returns its name. */
  storeAs(suffix: string, tensor: Tensor): string {
    const name = `${this.name}_${suffix}`;
    this.#store(name, tensor);
    return name;
  }

  addInput(suffix: string, tensor: Tensor): void {
    this.input.push(this.storeAs(suffix, tensor));
  }

  proto(attributes: Attributes): OnnxTypes.INodeProto {
    const { op, scope, outputs } = this.node;
    return {
      opType: op,
      name: scope === "" ? this.name : `${scope} > ${this.name}`,
      input: this.input,
      output: outputs.map((value) => value.name),
      attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
    };
  }
}

function int64List(numbers: readonly number[]): Tensor<"int64"> {
  return createTensor("int64", [numbers.length], BigInt64Array.from(numbers, BigInt));
}

/** Attributes that are floating-point even where their value is whole. */
const floatAttributes = new Set(["epsilon", "alpha", "beta"]);

function attributeProto(name: string, value: Attributes[string]): OnnxTypes.IAttributeProto {
  const types = onnx.AttributeProto.AttributeType;
  if (typeof value === "string") return { name, type: types.STRING, s: new TextEncoder().encode(value) };
  if (typeof value === "number") {
    return floatAttributes.has(name)
      ? { name, type: types.FLOAT, f: value }
      : { name, type: types.INT, i: value };
  }
  return { name, type: types.INTS, ints: [...(value ?? [])] };
}
