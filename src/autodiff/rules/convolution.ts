import { UnsupportedOpError } from "../../errors.ts";
import { type GradientRule, operand } from "../rule.ts";

/**
 * y = x * w. dx is the transposed convolution of dy; dw correlates x with dy: batch and channel axes swap, and the strides
 * of the forward pass become dilations.
 */
export const conv: GradientRule = (g, c) => {
  const x = operand(c, 0);
  const weight = operand(c, 1);
  const strides = c.node.attributes.strides as readonly number[];
  const pads = c.node.attributes.pads as readonly number[];
  const [, , height = 0, width = 0] = x.shape;
  const dx = () =>
    g.node("ConvTranspose", [c.dy, weight], {
      strides,
      pads,
      group: 1,
      dilations: [1, 1],
      output_shape: [height, width],
    })[0];
  const dw = () => {
    const swapped = g.node("Conv", [g.transpose(x, [1, 0, 2, 3]), g.transpose(c.dy, [1, 0, 2, 3])], {
      strides: [1, 1],
      pads,
      dilations: strides,
      group: 1,
    })[0];
    if (swapped === undefined) return undefined;
    // Rows that the strides of the forward pass never reached come out as extra taps.
    const [, , kernelHeight = 0, kernelWidth = 0] = weight.shape;
    const cut = g.slice(g.slice(swapped, 2, 0, kernelHeight), 3, 0, kernelWidth);
    return g.transpose(cut, [1, 0, 2, 3]);
  };
  return [(c.needs(0) && dx()) || null, (c.needs(1) && dw()) || null];
};

/** Every element of a window gets an equal share: a transposed convolution with one constant kernel for each channel. */
export const averagePool: GradientRule = (g, c) => {
  const x = operand(c, 0);
  const [, channels = 0, height = 0, width = 0] = x.shape;
  const kernel = c.node.attributes.kernel_shape as readonly number[];
  const [kernelHeight = 1, kernelWidth = 1] = kernel;
  const share = g.scalar(1 / (kernelHeight * kernelWidth));
  const weight = g.expand(share, [channels, 1, kernelHeight, kernelWidth]);
  const { strides, pads } = c.node.attributes as { strides: readonly number[]; pads: readonly number[] };
  const attributes = { strides, pads, group: channels, dilations: [1, 1], output_shape: [height, width] };
  return [g.node("ConvTranspose", [c.dy, weight], attributes)[0] ?? null];
};

/** Only gradients build it, and nothing here differentiates twice. */
export const convTranspose: GradientRule = (_g, { node }) => {
  throw new UnsupportedOpError({
    where: node.scope === "" ? node.op : `${node.scope} > ${node.op}`,
    expected: "an operator with a gradient rule",
    got: "the gradient of a convolution's or pooling's gradient",
    fix: "Build the second derivative from Conv instead.",
  });
};
