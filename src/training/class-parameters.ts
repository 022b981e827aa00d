import { ModelFileError } from "../errors.ts";
import { LABEL_TOKENS } from "../methods/label-tokens.ts";
import { concatRows } from "../tensor/concat-rows.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";

/** Parameters of an adapter as its file has them. */
export type AdapterParameters = Pick<Adapter, "parameters" | "rowCounts">;

/** What is needed to tell which rows are whose. */
type Classes = AdapterParameters & Pick<Adapter, "classNames">;

/**
 * Rows that each class has of a parameter of an adapter of prompts.
 *
 * @returns `[C]`, or `undefined` where all classes share the parameter
 * @throws {ModelFileError} if the rows are not those of the classes, or the file does not say whose they are
 */
export function classRowCounts(
  { parameters, rowCounts, classNames }: Classes,
  name: string,
): readonly number[] | undefined {
  const { shape = [] } = parameters[name] ?? {};
  const given = rowCounts?.[name];
  const isUniform = shape.length === 3;
  if (given === undefined && !isUniform && (name !== LABEL_TOKENS || shape.length === 0)) return undefined;
  const counts = given ?? (isUniform ? Array<number>(shape[0] ?? 0).fill(shape[1] ?? 0) : []);
  const rows = isUniform ? (shape[0] ?? 0) * (shape[1] ?? 0) : shape[0];
  if (counts.length === classNames.length && sumOf(counts) === rows) return counts;
  throw new ModelFileError({
    where: `adapter, parameter "${name}"`,
    expected: `rows for each of the ${classNames.length} classes`,
    got: given || isUniform ? `${rows} rows for ${counts.length} classes` : "rows, but not whose they are",
    fix: "Train it again.",
  });
}

/** Parameters that all classes share. */
export function sharedParameters(adapter: Classes): Record<string, Tensor<"float32">> {
  const entries = Object.entries(adapter.parameters);
  return Object.fromEntries(entries.filter(([name]) => classRowCounts(adapter, name) === undefined));
}

/**
 * A class's rows of a parameter of its own.
 *
 * @param c index of the class
 * @returns float32 `[rows, W]`, a view; `undefined` where all classes share the parameter
 */
export function rowsOfClass(adapter: Classes, name: string, c: number): Tensor<"float32"> | undefined {
  const counts = classRowCounts(adapter, name);
  const tensor = adapter.parameters[name];
  if (counts === undefined || tensor === undefined) return undefined;
  const width = tensor.shape.at(-1) ?? 0;
  const start = sumOf(counts.slice(0, c)) * width;
  const count = counts[c] ?? 0;
  return createTensor("float32", [count, width], tensor.data.subarray(start, start + count * width));
}

/**
 * Parameters of an adapter with classes behind its own.
 *
 * @param added parameters of these classes by the same method; what they share is left as it is
 */
export function appendClassParameters(adapter: Classes, added: Classes): AdapterParameters {
  return mapClassParameters(adapter, (name, tensor, counts) => {
    const more = added.parameters[name];
    const moreCounts = classRowCounts(added, name);
    if (more === undefined || moreCounts === undefined) return { tensor, counts };
    return { tensor: concatRows([flatten(tensor), flatten(more)]), counts: [...counts, ...moreCounts] };
  });
}

/** Parameters of an adapter without a class. */
export function dropClassParameters(adapter: Classes, c: number): AdapterParameters {
  const kept = adapter.classNames.flatMap((_, other) => (other === c ? [] : [other]));
  return mapClassParameters(adapter, (name, _, counts) => ({
    tensor: concatRows(kept.map((other) => rowsOfClass(adapter, name, other) as Tensor<"float32">)),
    counts: kept.map((other) => counts[other] ?? 0),
  }));
}

/** Rows of a parameter, `[rows, W]`, and how many each class has. */
interface ClassRows {
  readonly tensor: Tensor<"float32">;
  readonly counts: readonly number[];
}

function mapClassParameters(
  adapter: Classes,
  change: (name: string, tensor: Tensor<"float32">, counts: readonly number[]) => ClassRows,
): AdapterParameters {
  const parameters: Record<string, Tensor<"float32">> = {};
  const rowCounts: Record<string, readonly number[]> = {};
  for (const [name, tensor] of Object.entries(adapter.parameters)) {
    const counts = classRowCounts(adapter, name);
    const changed = counts && change(name, tensor, counts);
    if (changed !== undefined && !isEven(changed.counts)) rowCounts[name] = changed.counts;
    parameters[name] = changed ? shapeRows(changed) : tensor;
  }
  return { parameters, ...(Object.keys(rowCounts).length > 0 && { rowCounts }) };
}

/** As files have it: `[C, rows, W]` where all classes have as many, else `[rows, W]`. */
function shapeRows({ tensor, counts }: ClassRows): Tensor<"float32"> {
  const { data } = tensor;
  const width = tensor.shape.at(-1) ?? 0;
  const shape = isEven(counts) ? [counts.length, counts[0] ?? 0, width] : [data.length / width, width];
  return createTensor("float32", shape, data);
}

function flatten({ shape, data }: Tensor<"float32">): Tensor<"float32"> {
  const width = shape.at(-1) ?? 0;
  return createTensor("float32", [data.length / width, width], data);
}

const isEven = (counts: readonly number[]) => counts.every((count) => count === counts[0]);
const sumOf = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
