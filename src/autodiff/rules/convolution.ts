import { UnsupportedOpError } from "../../errors.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Node, Value } from "../../graph/node.ts";
import type { Shape } from "../../tensor/shape.ts";
import { type GradientRule, operand } from "../rule.ts";

/** Attributes of the convolution whose transpose is built. */
interface Windows {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
  readonly group: number;
}

/**
 * Spreads a gradient over the windows that it came from, back to the shape of the convolved `x`. Rows and columns at the end
 * that no window reached get zeros.
 */
function convTransposed(g: GraphBuilder, dy: Value, weight: Value, target: Shape, windows: Windows): Value {
  const { strides, pads, dilations } = windows;
  const unreached = [0, 1].map((axis) => {
    const reach = (dilations[axis] ?? 1) * ((weight.shape[axis + 2] ?? 1) - 1) + 1;
    const span = (strides[axis] ?? 1) * ((dy.shape[axis + 2] ?? 1) - 1) + reach;
    return (target[axis + 2] ?? 0) - span + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0);
  });
  return g.node("ConvTranspose", [dy, weight], { ...windows, output_padding: unreached })[0] as Value;
}

/**
 * y = x * w. dx is the transposed convolution of dy; dw correlates x with dy: batch and channel axes swap, and strides and
 * dilations change places.
 */
export const conv: GradientRule = (g, c) => {
  const x = operand(c, 0);
  const weight = operand(c, 1);
  const windows = c.node.attributes as unknown as Windows;
  if (windows.group !== 1) throw unsupported(c.node, "the gradient of a grouped convolution");
  const dw = () => {
    const attributes = {
      strides: windows.dilations,
      pads: windows.pads,
      dilations: windows.strides,
      group: 1,
    };
    const swapped = [g.transpose(x, [1, 0, 2, 3]), g.transpose(c.dy, [1, 0, 2, 3])];
    const full = g.node("Conv", swapped, attributes)[0] as Value;
    // Rows that the strides of the forward pass never reached come out as extra taps.
    const [, , kernelHeight = 0, kernelWidth = 0] = weight.shape;
    const cut = g.slice(g.slice(full, 2, 0, kernelHeight), 3, 0, kernelWidth);
    return g.transpose(cut, [1, 0, 2, 3]);
  };
  return [c.needs(0) ? convTransposed(g, c.dy, weight, x.shape, windows) : null, c.needs(1) ? dw() : null];
};

/** Every element of a window gets an equal share: a transposed convolution with one constant kernel for each channel. */
export const averagePool: GradientRule = (g, c) => {
  const x = operand(c, 0);
  const group = x.shape[1] ?? 0;
  const { strides, pads, kernel_shape } = c.node.attributes as Record<string, readonly number[]>;
  const [kernelHeight = 1, kernelWidth = 1] = kernel_shape ?? [];
  const share = g.scalar(1 / (kernelHeight * kernelWidth));
  const weight = g.expand(share, [group, 1, kernelHeight, kernelWidth]);
  const windows = { strides: strides ?? [], pads: pads ?? [], dilations: [1, 1], group };
  return [convTransposed(g, c.dy, weight, x.shape, windows)];
};

/** Only gradients build it, and nothing here differentiates a convolution twice. */
export const convTranspose: GradientRule = (_g, { node }) => {
  throw unsupported(node, "the gradient of a convolution's or pooling's gradient");
};

function unsupported(node: Node, got: string): UnsupportedOpError {
  return new UnsupportedOpError({
    where: node.scope === "" ? node.op : `${node.scope} > ${node.op}`,
    expected: "an operator with a gradient rule",
    got,
    fix: "Build it from convolutions that have one.",
  });
}
