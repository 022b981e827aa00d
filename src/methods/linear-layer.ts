import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import type { Random } from "../tensor/random.ts";
import { createTensor } from "../tensor/tensor.ts";
import type { TrainedParameter, Values } from "./method.ts";

/** Sizes of a linear layer. */
export interface LinearSizes {
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * Parameters `<name>.weight [out, in]` and `<name>.bias [out]` of a learned linear layer, uniform within `1 / sqrt(in)`: the
 * usual start in PyTorch, on which the published methods rely.
 */
export function linearParameters(
  name: string,
  { inputs, outputs }: LinearSizes,
  random: Pick<Random, "random">,
): TrainedParameter[] {
  const bound = 1 / Math.sqrt(inputs);
  const draw = (shape: readonly number[], length: number) => {
    const data = Float32Array.from({ length }, () => bound * (2 * random.random() - 1));
    return createTensor("float32", shape, data);
  };
  const weight = draw([outputs, inputs], outputs * inputs);
  const bias = draw([outputs], outputs);
  return [
    { name: `${name}.weight`, initial: weight, fileShape: weight.shape },
    { name: `${name}.bias`, initial: bias, fileShape: bias.shape },
  ];
}

/** `x @ weightT + bias` of the layer with this name: `[rows, in]` to `[rows, out]`. */
export function applyLinear(g: GraphBuilder, name: string, parameters: Values, x: Value): Value {
  const weight = parameters[`${name}.weight`] as Value;
  return g.gemm(x, weight, parameters[`${name}.bias`] as Value, { transB: true });
}
