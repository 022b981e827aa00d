import { type Array64, at, broadcastAt, generate } from "./array64.ts";
import { inputOf, type ReferenceOperator, shapeOf } from "./operator.ts";

/** A negative axis or row counts from the end. */
function fromStart(position: number, extent: number): number {
  return position < 0 ? position + extent : position;
}

/** Output axis i is input axis `perm[i]`. */
export const transpose: ReferenceOperator = (inputs, attributes, outputs) => {
  const perm = attributes.perm as readonly number[];
  return [
    generate(shapeOf(outputs), (index) =>
      at(
        inputOf(inputs, 0),
        perm.map((_, axis) => index[perm.indexOf(axis)] ?? 0),
      ),
    ),
  ];
};

export const reshape: ReferenceOperator = (inputs, _attributes, outputs) => [
  { shape: shapeOf(outputs), data: inputOf(inputs, 0).data },
];

export const expand: ReferenceOperator = (inputs, _attributes, outputs) => [
  generate(shapeOf(outputs), (index) => broadcastAt(inputOf(inputs, 0), index)),
];

export const concat: ReferenceOperator = (inputs, attributes, outputs) => {
  const shape = shapeOf(outputs);
  const axis = fromStart(attributes.axis as number, shape.length);
  return [
    generate(shape, (index) => {
      let position = index[axis] ?? 0;
      for (const input of inputs) {
        const extent = input.shape[axis] ?? 0;
        if (position < extent) return at(input, index.with(axis, position));
        position -= extent;
      }
      throw new RangeError("inputs are shorter than the output");
    }),
  ];
};

export const slice: ReferenceOperator = (inputs, attributes, outputs) => {
  const shape = shapeOf(outputs);
  const axis = fromStart(attributes.axis as number, shape.length);
  const start = attributes.start as number;
  return [generate(shape, (index) => at(inputOf(inputs, 0), index.with(axis, (index[axis] ?? 0) + start)))];
};

export const gather: ReferenceOperator = (inputs, _attributes, outputs) => {
  const a = inputOf(inputs, 0);
  const indices = inputOf(inputs, 1);
  const rank = indices.shape.length;
  return [
    generate(shapeOf(outputs), (index) => {
      const row = fromStart(at(indices, index.slice(0, rank)), a.shape[0] ?? 0);
      return at(a, [row, ...index.slice(rank)]);
    }),
  ];
};

/** Data with updates added to its rows, in the order of the updates. */
export const scatterAdd: ReferenceOperator = (inputs) => {
  const { shape, data } = inputOf(inputs, 0);
  const rows = inputOf(inputs, 1);
  const updates = inputOf(inputs, 2);
  const width = data.length / (shape[0] ?? 1);
  const result: Array64 = { shape, data: data.slice() };
  rows.data.forEach((row, m) => {
    const start = fromStart(row, shape[0] ?? 0) * width;
    for (let i = 0; i < width; i++) result.data[start + i]! += updates.data[m * width + i]!;
  });
  return [result];
};

export const oneHot: ReferenceOperator = (inputs, _attributes, outputs) => [
  generate(shapeOf(outputs), (index) =>
    at(inputOf(inputs, 0), index.slice(0, -1)) === index.at(-1) ? 1 : 0,
  ),
];
