import { LammError } from "../errors.ts";
import type { ArrayOf, Dtype } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import { createTensor, type StoredTensor } from "../tensor/tensor.ts";
import { checkInput, checkOutput, checkParameter, checkRowInverse } from "./checks.ts";
import { ConstantTable } from "./constant-table.ts";
import { inferenceRules } from "./infer.ts";
import type { Attributes, Graph, Node, OpType, RowInverse, Value } from "./node.ts";
import type { GemmOptions, WindowOptions } from "./operator-options.ts";
import { lastTwoSwapped, swappedSource } from "./transposition.ts";

/**
 * Builds a typed ONNX graph. Each method adds one operator and checks dtypes and shapes at once, so a mistake fails
 * where it is made, with the path of {@link scope}s that led there.
 *
 * @example
 * const g = new GraphBuilder();
 * const x = g.input("x", "float32", [4, 8]);
 * g.output("y", g.mul(x, g.scalar(2)));
 */
export class GraphBuilder implements Graph {
  readonly inputs: Value[] = [];
  readonly outputs = new Map<string, Value>();
  readonly #constants = new ConstantTable();
  readonly #scopes: string[] = [];
  #count = 0;

  /**
   * A tensor that the caller feeds at every run.
   *
   * @param dtype any but float16 and bfloat16, which engines store but do not exchange with JavaScript
   * @throws {ShapeError} if the name is empty, taken or reserved, or the type is none that can be fed
   */
  input(name: string, dtype: Dtype, shape: Shape): Value {
    const value = { name, dtype, shape };
    checkInput(this, value);
    this.inputs.push(value);
    return value;
  }

  /** A stored tensor: an ONNX initializer. The same tensor gives the same value, so that weights are stored once. */
  constant(tensor: StoredTensor): Value {
    return this.#constants.valueOf(tensor);
  }

  /**
   * A stored tensor that the caller feeds at every run: from here on {@link constant} of it gives this input. What was
   * written for frozen weights so also builds the graph in which they are trained.
   *
   * @throws {ShapeError} as {@link input} does, or if the tensor is a constant of this graph already
   */
  parameter(name: string, tensor: StoredTensor): Value {
    checkParameter(this.#constants, tensor, this.#where(`parameter "${name}"`));
    const value = this.input(name, tensor.dtype, tensor.shape);
    this.#constants.assign(tensor, value);
    return value;
  }

  /** A scalar, float32 if not said otherwise. */
  scalar(number: number, dtype: "float32" | "float64" = "float32"): Value {
    return this.#constants.scalarOf(number, dtype);
  }

  /** A constant from elements in memory. */
  literal<D extends Dtype>(dtype: D, shape: Shape, data: ArrayOf[D]): Value {
    return this.constant(createTensor(dtype, shape, data));
  }

  /**
   * Names a value as a result of the graph. Only what outputs need is serialised.
   *
   * @param value of any dtype but float16 and bfloat16
   * @throws {ShapeError} if the name is empty, taken or reserved, or the dtype is none that comes back
   */
  output(name: string, value: Value): void {
    checkOutput(this, name, value);
    this.outputs.set(name, value);
  }

  /** Runs `build` with `name` added to the path that nodes and errors carry. */
  scope<T>(name: string, build: () => T): T {
    this.#scopes.push(name);
    try {
      return build();
    } finally {
      this.#scopes.pop();
    }
  }

  /** Adds a node and returns all its outputs. */
  node(
    op: OpType,
    inputs: readonly Value[],
    attributes: Attributes = {},
    inverse?: RowInverse,
  ): readonly Value[] {
    const scope = this.#scopes.join(" > ");
    const types = inferenceRules[op](inputs, attributes, this.#where(op));
    const name = `${op}_${this.#count++}`;
    const outputs: Value[] = [];
    const node: Node = { op, inputs, outputs, attributes, scope, ...(inverse && { inverse }) };
    types.forEach((type, index) => {
      outputs.push({ name: index === 0 ? name : `${name}_${index}`, ...type, producer: node });
    });
    return outputs;
  }

  /** The path to what is being built, for errors. */
  #where(what: string): string {
    return [...this.#scopes, what].join(" > ");
  }

  /** Adds a node and returns its first output. */
  #one(op: OpType, inputs: readonly Value[], attributes: Attributes = {}): Value {
    return first(this.node(op, inputs, attributes));
  }

  /** Over no axes a reduction changes nothing; ONNX would take an empty list for all of them. */
  #reduce(op: OpType, a: Value, axes: readonly number[], keepdims: boolean): Value {
    return axes.length === 0 ? a : this.#one(op, [a], { axes, keepdims: keepdims ? 1 : 0 });
  }

  /** `a + b`, broadcast. */
  add(a: Value, b: Value): Value {
    return this.#one("Add", [a, b]);
  }
  /** `a - b`, broadcast. */
  sub(a: Value, b: Value): Value {
    return this.#one("Sub", [a, b]);
  }
  /** `a * b`, element by element, broadcast. */
  mul(a: Value, b: Value): Value {
    return this.#one("Mul", [a, b]);
  }
  /** `a / b`, element by element, broadcast. */
  div(a: Value, b: Value): Value {
    return this.#one("Div", [a, b]);
  }
  /** `-a`. */
  neg(a: Value): Value {
    return this.#one("Neg", [a]);
  }
  /** `e^a`. */
  exp(a: Value): Value {
    return this.#one("Exp", [a]);
  }
  /** Natural logarithm. */
  log(a: Value): Value {
    return this.#one("Log", [a]);
  }
  /** Square root. */
  sqrt(a: Value): Value {
    return this.#one("Sqrt", [a]);
  }
  /** `1 / (1 + e^-a)`. */
  sigmoid(a: Value): Value {
    return this.#one("Sigmoid", [a]);
  }
  /** The Gauss error function. */
  erf(a: Value): Value {
    return this.#one("Erf", [a]);
  }
  /** `max(a, 0)`. */
  relu(a: Value): Value {
    return this.#one("Relu", [a]);
  }
  /** bool: `a > b`, broadcast. */
  greater(a: Value, b: Value): Value {
    return this.#one("Greater", [a, b]);
  }
  /** `condition ? a : b`, element by element, broadcast. */
  where(condition: Value, a: Value, b: Value): Value {
    return this.#one("Where", [condition, a, b]);
  }
  /** The elements as another dtype. */
  cast(a: Value, to: "float32" | "float64" | "int64"): Value {
    return a.dtype === to ? a : this.#one("Cast", [a], { to });
  }
  /**
   * `a @ b`: `[..., M, K] x [..., K, N]`, leading axes broadcast. An input that {@link transpose} has just swapped the last
   * two axes of is multiplied by its source as it lies, and the swap is never made.
   */
  matMul(a: Value, b: Value): Value {
    const left = swappedSource(a);
    const right = swappedSource(b);
    return this.#one("MatMul", [left ?? a, right ?? b], { transA: left ? 1 : 0, transB: right ? 1 : 0 });
  }
  /** `alpha a @ b + beta c` of matrices, where `transA` and `transB` transpose an input first. The factors cost nothing. */
  gemm(
    a: Value,
    b: Value,
    c?: Value,
    { transA = false, transB = false, alpha = 1, beta = 1 }: GemmOptions = {},
  ): Value {
    const inputs = c === undefined ? [a, b] : [a, b, c];
    return this.#one("Gemm", inputs, { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha, beta });
  }
  /** Axes in the order of `perm`; the last two swapped if not given. Transposing back gives the value itself. */
  transpose(a: Value, perm: readonly number[] = lastTwoSwapped(a.shape.length)): Value {
    const source = a.producer?.op === "Transpose" ? a.producer : undefined;
    const earlier = source?.attributes.perm as readonly number[] | undefined;
    if (source !== undefined && perm.every((axis, index) => earlier?.[axis] === index))
      return first(source.inputs);
    return this.#one("Transpose", [a], { perm });
  }
  /** The same elements under another shape. */
  reshape(a: Value, shape: Shape): Value {
    return this.#one("Reshape", [a], { shape });
  }
  /** Broadcast to `shape`. */
  expand(a: Value, shape: Shape): Value {
    return this.#one("Expand", [a], { shape });
  }
  /** Inputs joined along `axis`. */
  concat(values: readonly Value[], axis: number): Value {
    return values.length === 1 ? first(values) : this.#one("Concat", values, { axis });
  }
  /** The range `[start, end)` of `axis`. */
  slice(a: Value, axis: number, start: number, end: number): Value {
    return this.#one("Slice", [a], { axis, start, end });
  }
  /** Rows of axis 0 at int64 `indices`. */
  gather(a: Value, indices: Value): Value {
    return this.#one("Gather", [a, indices]);
  }
  /**
   * Rows of `a` in another order. As {@link gather}, but `inverse` says where each row went, so that the gradient is a
   * gather too instead of a scatter, which the engine runs on one thread.
   */
  permuteRows(a: Value, indices: Value, inverse: RowInverse): Value {
    checkRowInverse(a, inverse, this.#where("permuteRows"));
    return first(this.node("Gather", [a, indices], {}, inverse));
  }
  /** `a` with `updates [M, ...]` added to its rows at int64 `indices [M]`. */
  scatterAdd(a: Value, indices: Value, updates: Value): Value {
    return this.#one("ScatterElements", [a, indices, updates], { axis: 0, reduction: "add" });
  }
  /** Softmax along `axis`, the last if not given. */
  softmax(a: Value, axis = -1): Value {
    return this.#one("Softmax", [a], { axis });
  }
  /** Logarithm of the softmax along `axis`, in its stable form. */
  logSoftmax(a: Value, axis = -1): Value {
    return this.#one("LogSoftmax", [a], { axis });
  }
  /** Layer normalisation over the last axis, scaled and shifted. */
  layerNorm(x: Value, scale: Value, shift: Value, epsilon: number): Value {
    return this.#one("LayerNormalization", [x, scale, shift], { axis: -1, epsilon });
  }
  /** Sum over `axes`, all if not given. */
  reduceSum(a: Value, axes = allAxes(a), keepdims = false): Value {
    return this.#reduce("ReduceSum", a, axes, keepdims);
  }
  /** Mean over `axes`, all if not given. */
  reduceMean(a: Value, axes = allAxes(a), keepdims = false): Value {
    return this.#reduce("ReduceMean", a, axes, keepdims);
  }
  /** Largest element over `axes`, all if not given. */
  reduceMax(a: Value, axes = allAxes(a), keepdims = false): Value {
    return this.#reduce("ReduceMax", a, axes, keepdims);
  }
  /** float32 one-hot rows of int64 labels: `[...]` gives `[..., depth]`. */
  oneHot(labels: Value, depth: number): Value {
    return this.#one("OneHot", [labels], { depth });
  }
  /** Two-dimensional convolution of `[B, I, h, w]` with kernels `[O, I, kh, kw]`. */
  conv(x: Value, weight: Value, { stride = 1, padding = 0 }: WindowOptions = {}): Value {
    const attributes = {
      strides: [stride, stride],
      pads: Array(4).fill(padding),
      dilations: [1, 1],
      group: 1,
    };
    return this.#one("Conv", [x, weight], attributes);
  }
  /** Means of `kernel x kernel` windows that do not overlap. */
  averagePool(x: Value, kernel: number): Value {
    return this.#one("AveragePool", [x], {
      kernel_shape: [kernel, kernel],
      strides: [kernel, kernel],
      pads: [0, 0, 0, 0],
    });
  }
}

function allAxes(a: Value): readonly number[] {
  return a.shape.map((_, axis) => axis);
}

function first(values: readonly Value[]): Value {
  const value = values[0];
  if (value === undefined)
    throw new LammError("ERR_INTERNAL", { where: "GraphBuilder", expected: "an output", got: "none" });
  return value;
}
