// Node only: reads files.
import { readFileSync, statSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { DataError } from "../../../errors.ts";
import { COMPRESSED, MATRIX, type MatElement, numbersIn, readElements, textIn } from "./mat-elements.ts";
import type { MatValue } from "./mat-value.ts";

// Limits of a file from elsewhere. The largest that is read, StanfordCars' annotations, has less than a megabyte, and 5 inflated.
const MAX_BYTES = 16 * 2 ** 20;
const MAX_INFLATED = 64 * 2 ** 20;
/** Cells in structs in cells: published annotations go two deep. */
const MAX_DEPTH = 8;
const HEADER = 128;

/** Classes of arrays; those between are numbers, too. */
const CELL = 1;
const STRUCT = 2;
const CHAR = 4;
const DOUBLE = 6;
const UINT64 = 15;

/**
 * Reads the arrays of numbers, texts, cells and structs of a MATLAB 5 file (`.mat`, as `save -v7` writes it), by name. There is
 * no well kept package for it; annotations of two benchmarks are such files.
 *
 * @throws {DataError} if it cannot be read, is damaged, or has other contents
 * @see MAT-File Format, The MathWorks, https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
 */
export function readMatFile(file: string): ReadonlyMap<string, MatValue> {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw new RangeError(`a file of ${size} bytes, more than ${MAX_BYTES}`);
    const bytes = readFileSync(file);
    if (bytes.length < HEADER || bytes.toString("latin1", 126, HEADER) !== "IM" || bytes[125] !== 1)
      throw new RangeError("another kind of file");
    return new Map(inflated(bytes.subarray(HEADER)).map((element) => readMatrix(element, 0)));
  } catch (cause) {
    throw new DataError({
      where: file,
      expected: "a MATLAB 5 file of numbers, texts, cells and structs",
      got: cause instanceof Error ? cause.message : String(cause),
      fix: "Get the file again.",
      cause,
    });
  }
}

/** The elements of a file, compressed ones inflated. */
function inflated(bytes: Buffer): MatElement[] {
  let left = MAX_INFLATED;
  return [...readElements(bytes)].flatMap((element) => {
    if (element.type !== COMPRESSED) return [element];
    const data = inflateSync(element.data, { maxOutputLength: left });
    left = Math.max(1, left - data.length);
    return [...readElements(data)];
  });
}

/**
 * The numbers of an array of a file.
 *
 * @param name name of the array
 * @param where the file, for errors
 * @throws {DataError} if there are none of that name
 */
export function numbersOf(
  values: ReadonlyMap<string, MatValue>,
  name: string,
  where: string,
): readonly number[] {
  const value = values.get(name);
  if (value?.kind === "numbers") return value.values;
  throw new DataError({ where, expected: `numbers called "${name}"`, got: value?.kind ?? "none" });
}

function readMatrix({ type, data }: MatElement, depth: number): [name: string, value: MatValue] {
  if (type !== MATRIX) throw new RangeError(`an element of type ${type} in place of an array`);
  if (depth > MAX_DEPTH) throw new RangeError(`arrays more than ${MAX_DEPTH} deep`);
  const elements = [...readElements(data)];
  // What stands for an array where there is none, as in a field without a value.
  if (elements.length === 0) return ["", { kind: "numbers", values: [] }];
  const [flags, dimensions, name, ...rest] = elements;
  if (flags === undefined || dimensions === undefined || name === undefined) {
    throw new RangeError("an array without a name");
  }
  const length = numbersIn(dimensions).reduce((product, size) => product * size, 1);
  const arrayClass = (numbersIn(flags)[0] ?? 0) & 0xff;
  return [name.data.toString("latin1"), readValue(arrayClass, { length, elements: rest, depth })];
}

interface ArrayParts {
  /** Number of its elements. */
  readonly length: number;
  /** Those after the name. */
  readonly elements: readonly MatElement[];
  readonly depth: number;
}

function readValue(arrayClass: number, parts: ArrayParts): MatValue {
  const { length, elements, depth } = parts;
  if (arrayClass === CELL) {
    checkLength(elements.length, length);
    return { kind: "cells", cells: elements.map((cell) => readMatrix(cell, depth + 1)[1]) };
  }
  if (arrayClass === STRUCT) return readStructs(parts);
  if (arrayClass === CHAR) {
    return { kind: "text", text: elements[0] === undefined ? "" : textIn(elements[0]) };
  }
  if (arrayClass < DOUBLE || arrayClass > UINT64) throw new RangeError(`an array of class ${arrayClass}`);
  const values = elements[0] === undefined ? [] : numbersIn(elements[0]);
  checkLength(values.length, length);
  return { kind: "numbers", values };
}

/** Field names lie in one text, each in as many bytes; the values follow struct by struct. */
function readStructs({ length, elements, depth }: ArrayParts): MatValue {
  const [size, names, ...values] = elements;
  const bytes = size === undefined ? 0 : (numbersIn(size)[0] ?? 0);
  if (names === undefined || bytes < 1) throw new RangeError("a struct without field names");
  const fields = Array.from({ length: Math.floor(names.data.length / bytes) }, (_, index) =>
    names.data.toString("latin1", index * bytes, (index + 1) * bytes).replace(/\0[\s\S]*$/, ""),
  );
  checkLength(values.length, length * fields.length);
  const structs = Array.from({ length: fields.length === 0 ? 0 : length }, (_, index) => {
    const own = values.slice(index * fields.length, (index + 1) * fields.length);
    return new Map(fields.map((field, at) => [field, readMatrix(own[at]!, depth + 1)[1]]));
  });
  return { kind: "structs", structs };
}

function checkLength(found: number, expected: number): void {
  if (found !== expected) throw new RangeError(`${found} values for an array of ${expected}`);
}
