import type { Value } from "../../../src/graph/node.ts";
import { float32, type OperatorCase, type OperatorCases } from "../operator-case.ts";

interface ConvShapes {
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly stride?: number;
  readonly padding?: number;
}

const convShapes: Readonly<Record<string, ConvShapes>> = {
  "1x1": { x: [2, 3, 4, 5], weight: [2, 3, 1, 1] },
  "3x3": { x: [1, 2, 5, 6], weight: [3, 2, 3, 3] },
  padded: { x: [2, 2, 4, 4], weight: [2, 2, 3, 3], padding: 1 },
  "strided, padded": { x: [1, 2, 6, 7], weight: [2, 2, 3, 3], stride: 2, padding: 1 },
  patches: { x: [2, 3, 4, 6], weight: [4, 3, 2, 2], stride: 2 },
  "patches that leave rows over": { x: [1, 1, 5, 8], weight: [2, 1, 3, 3], stride: 3 },
  "long strides, padded": { x: [1, 1, 7, 9], weight: [2, 1, 3, 3], stride: 4, padding: 2 },
  "strides past the kernel": { x: [1, 2, 9, 8], weight: [1, 2, 2, 2], stride: 4 },
  "one window": { x: [2, 2, 3, 3], weight: [2, 2, 3, 3] },
  "tall kernel": { x: [1, 1, 6, 3], weight: [2, 1, 4, 2] },
};

function convCases(): OperatorCase[] {
  return Object.entries(convShapes).map(([name, { x, weight, stride = 1, padding = 0 }]) => ({
    name: `Conv ${name}`,
    inputs: [float32(x), float32(weight)],
    build: (g, [image, kernels]) => g.conv(image as Value, kernels as Value, { stride, padding }),
  }));
}

/** Cases of operators on windows of images. */
export const convolutionCases: OperatorCases<"Conv" | "ConvTranspose" | "AveragePool"> = {
  Conv: [
    ...convCases(),
    {
      name: "Conv dilated, uneven strides and pads",
      inputs: [float32([1, 2, 7, 8]), float32([2, 2, 2, 3])],
      build: (g, inputs) => {
        const attributes = { strides: [2, 1], pads: [1, 0, 2, 1], dilations: [2, 3], group: 1 };
        return g.node("Conv", inputs, attributes)[0] as Value;
      },
    },
    {
      name: "Conv of one input with itself",
      inputs: [float32([2, 2, 3, 3])],
      build: (g, [a]) => g.conv(a as Value, a as Value, { padding: 1 }),
    },
  ],
  ConvTranspose: [
    {
      name: "ConvTranspose strided, padded, rows over",
      inputs: [float32([1, 2, 3, 3]), float32([2, 3, 3, 3])],
      build: (g, inputs) => {
        const attributes = {
          strides: [3, 3],
          pads: [1, 1, 1, 1],
          dilations: [1, 1],
          group: 1,
          output_padding: [2, 0],
        };
        return g.node("ConvTranspose", inputs, attributes)[0] as Value;
      },
    },
    {
      name: "ConvTranspose grouped",
      inputs: [float32([2, 4, 2, 3]), float32([4, 1, 2, 2])],
      build: (g, inputs) => {
        const attributes = {
          strides: [2, 2],
          pads: [0, 0, 0, 0],
          dilations: [1, 1],
          group: 4,
          output_padding: [0, 1],
        };
        return g.node("ConvTranspose", inputs, attributes)[0] as Value;
      },
    },
  ],
  AveragePool: [
    {
      name: "AveragePool 2x2",
      inputs: [float32([2, 3, 4, 6])],
      build: (g, [a]) => g.averagePool(a as Value, 2),
    },
    {
      name: "AveragePool that leaves rows over",
      inputs: [float32([1, 2, 5, 8])],
      build: (g, [a]) => g.averagePool(a as Value, 3),
    },
    {
      name: "AveragePool 1x1",
      inputs: [float32([1, 2, 2, 2])],
      build: (g, [a]) => g.averagePool(a as Value, 1),
    },
    {
      name: "AveragePool whole image",
      inputs: [float32([2, 1, 3, 3])],
      build: (g, [a]) => g.averagePool(a as Value, 3),
    },
  ],
};
