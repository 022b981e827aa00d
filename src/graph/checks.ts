import { ShapeError } from "../errors.ts";
import type { Dtype } from "../tensor/dtype.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { StoredTensor } from "../tensor/tensor.ts";
import type { ConstantTable } from "./constant-table.ts";
import { checkExtents, formatType } from "./inference/arguments.ts";
import type { Graph, RowInverse, Value } from "./node.ts";

/** Dtypes whose elements engines store as constants but do not exchange with JavaScript on every platform. */
const STORED_ONLY: readonly Dtype[] = ["float16", "bfloat16"];

/** Names that the builder gives to computed values and constants. */
const RESERVED = /^(constant|[A-Z]\w*)_\d/;

/** Throws unless a value can be a further input of a graph. */
export function checkInput(graph: Graph, { name, dtype, shape }: Value): void {
  const where = `input "${name}"`;
  checkName(graph, name, where);
  checkExtents(shape, where);
  if (STORED_ONLY.includes(dtype)) {
    throw new ShapeError({
      where,
      expected: "a dtype that can be fed",
      got: dtype,
      fix: "Feed float32, or store a constant and cast it.",
    });
  }
}

/** Throws unless a stored tensor can become an input: what used its constant before would not see what is fed. */
export function checkParameter(constants: ConstantTable, tensor: StoredTensor, where: string): void {
  if (!constants.has(tensor)) return;
  throw new ShapeError({
    where,
    expected: "a tensor that the graph does not hold yet",
    got: "one that it holds as a constant, or under another name",
    fix: "Declare parameters before they are used.",
  });
}

/** Throws unless a value can be a further output of a graph. */
export function checkOutput(graph: Graph, name: string, value: Value): void {
  const where = `output "${name}"`;
  checkName(graph, name, where);
  if (STORED_ONLY.includes(value.dtype)) {
    throw new ShapeError({
      where,
      expected: "a dtype that can be read back",
      got: formatType(value),
      fix: "Cast it to float32.",
    });
  }
}

/** Names of inputs and outputs are names of values in the ONNX file, where each has one producer. */
function checkName(graph: Graph, name: string, where: string): void {
  if (name === "") throw new ShapeError({ where, expected: "a name", got: "an empty one" });
  if (graph.outputs.has(name) || graph.inputs.some((input) => input.name === name)) {
    throw new ShapeError({ where, expected: "a name that is not taken", got: "it twice" });
  }
  if (RESERVED.test(name)) {
    throw new ShapeError({ where, expected: "a name unlike those of computed values", got: name });
  }
}

/** Throws unless an inverse says for each row of `a` where it went. */
export function checkRowInverse(a: Value, { indices, present }: RowInverse, where: string): void {
  const rows = a.shape[0] ?? 0;
  const fits = indices.dtype === "int64" && sameShape(indices.shape, [rows]);
  const presentFits =
    present === undefined || (present.dtype === "float32" && sameShape(present.shape, [rows, 1]));
  if (!fits || !presentFits) {
    throw new ShapeError({
      where,
      expected: `an inverse of int64 [${rows}] and, where rows are left out, float32 ${formatShape([rows, 1])}`,
      got: [indices, present]
        .flatMap((value) => value ?? [])
        .map(formatType)
        .join(" and "),
    });
  }
}
