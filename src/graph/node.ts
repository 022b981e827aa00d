import type { Dtype } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { StoredTensor } from "../tensor/tensor.ts";

/** ONNX operators that this library builds, by their ONNX names (opset 21). */
export type OpType =
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Neg"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Sigmoid"
  | "Erf"
  | "Relu"
  | "MatMul"
  | "Gemm"
  | "Transpose"
  | "Reshape"
  | "Expand"
  | "Concat"
  | "Slice"
  | "Gather"
  | "ScatterElements"
  | "Softmax"
  | "LogSoftmax"
  | "LayerNormalization"
  | "ReduceSum"
  | "ReduceMean"
  | "ReduceMax"
  | "Greater"
  | "Where"
  | "OneHot"
  | "Cast"
  | "Conv"
  | "ConvTranspose"
  | "AveragePool";

/**
 * Parameters of a node. Some (`shape` of Reshape, `axes` of reductions, bounds of Slice) are inputs in ONNX; we keep them
 * as attributes, because they are always known when a graph is built, and the serialiser writes them as ONNX wants them.
 */
export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

/** An edge of a graph: one tensor that is fed, stored, or computed by a node. */
export interface Value {
  /** Unique in its graph; also the name in the ONNX file. */
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** The stored elements of a constant (an ONNX initializer). */
  readonly constant?: StoredTensor;
  /** The node that computes it; inputs and constants have none. */
  readonly producer?: Node;
}

/** One operator applied to values. */
export interface Node {
  readonly op: OpType;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
  /** Where in the model it was built, such as `text > block 3 > attention`; errors and profiles show it. */
  readonly scope: string;
  /**
   * Of a Gather along axis 0 that reads each input row at most once: where it went, so that its gradient is a Gather too.
   * Other output rows may repeat a row as padding; what comes back to them is dropped, so no result may depend on them.
   */
  readonly inverse?: RowInverse;
}

/** How to undo a reordering of rows (see {@link Node.inverse}). */
export interface RowInverse {
  /** int64 `[rows of the input]`: the output row that holds each input row, or any row where `present` is 0. */
  readonly indices: Value;
  /** float32 `[rows of the input, 1]`: 1 where the output holds the row, else 0; omitted where it holds all. */
  readonly present?: Value;
}

/** Dtype and shape that an operator's output will have. */
export interface ValueType {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** What a finished graph offers to a runtime: its inputs, outputs, and the nodes between them. */
export interface Graph {
  readonly inputs: readonly Value[];
  /** Output values by their public names. */
  readonly outputs: ReadonlyMap<string, Value>;
}
