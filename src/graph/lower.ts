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

/** Writes one node as ONNX has it. */
export function lowerNode(node: Node, store: StoreConstant): OnnxTypes.INodeProto[] {
  const name = node.outputs[0]?.name ?? "";
  const input = node.inputs.map((value) => value.name);
  const attributes = { ...node.attributes };
  const addInput = (suffix: string, tensor: Tensor) => {
    store(`${name}_${suffix}`, tensor);
    input.push(`${name}_${suffix}`);
  };
  if (node.op === "Slice") {
    const { axis, start, end } = attributes as { axis: number; start: number; end: number };
    for (const [suffix, number] of Object.entries({ starts: start, ends: end, axes: axis })) {
      addInput(suffix, int64List([number]));
    }
    return [nodeProto(node, name, input, {})];
  }
  if (node.op === "OneHot") {
    addInput("depth", int64List([attributes.depth as number]));
    addInput("values", createTensor("float32", [2], Float32Array.of(0, 1)));
    return [nodeProto(node, name, input, { axis: -1 })];
  }
  if (node.op === "Cast") {
    const types = { float32: 1, int64: 7, float64: 11 };
    return [nodeProto(node, name, input, { to: types[attributes.to as keyof typeof types] })];
  }
  if (node.op === "MatMul") {
    // ONNX's MatMul takes no transposes; ONNX Runtime's own operator does.
    if (attributes.transA !== 1 && attributes.transB !== 1) return [nodeProto(node, name, input, {})];
    return [{ ...nodeProto(node, name, input, attributes), opType: "FusedMatMul", domain: CONTRIB_DOMAIN }];
  }
  for (const key of inputAttributes[node.op] ?? []) {
    addInput(key, int64List(attributes[key] as readonly number[]));
    delete (attributes as Record<string, unknown>)[key];
  }
  return [nodeProto(node, name, input, attributes)];
}

function nodeProto(node: Node, name: string, input: string[], attributes: Attributes): OnnxTypes.INodeProto {
  return {
    opType: node.op,
    name: node.scope === "" ? name : `${node.scope} > ${name}`,
    input,
    output: node.outputs.map((value) => value.name),
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  };
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
