import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { Parameters } from "./parameters.ts";

/** Prefix of parameters in a saved state. */
const PARAMETER_PREFIX = "parameter.";

/**
 * Copies of the parameters as they are saved: later steps change the parameters in place.
 *
 * @param shapes of the tensors, by name; one axis where none is given
 */
export function parameterState(
  parameters: Parameters,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, data]) => [
      PARAMETER_PREFIX + name,
      createTensor("float32", shapes[name] ?? [data.length], data.slice()),
    ]),
  );
}

/** Puts saved values into the parameters, in place. */
export function restoreParameters(parameters: Parameters, state: Readonly<Record<string, Tensor>>): void {
  for (const [name, values] of Object.entries(parameters))
    values.set(state[PARAMETER_PREFIX + name]?.data as Float32Array);
}
