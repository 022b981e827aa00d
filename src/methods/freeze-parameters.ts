import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { checkParameterLength } from "./check-parameter-length.ts";
import type { PromptMethod } from "./method.ts";

/**
 * The same method with some parameters constant at given values: what is left is trained, and a prefix that no longer changes is
 * folded when the graph is loaded.
 *
 * @param values float32 by name, with as many elements as the parameter; other names are passed over
 * @throws {ConfigError} if there are more or fewer elements
 */
export function freezeParameters(
  method: PromptMethod,
  values: Readonly<Record<string, Tensor<"float32">>>,
): PromptMethod {
  const frozen = method.parameters.filter(
    ({ name, rowsOfClass }) => values[name] && rowsOfClass === undefined,
  );
  const tensors = frozen.map((parameter) => {
    const { name, initial } = parameter;
    const { data } = values[name] as Tensor<"float32">;
    checkParameterLength(method, parameter, data);
    return [name, createTensor("float32", initial.shape, data)] as const;
  });
  return {
    ...method,
    parameters: method.parameters.filter((parameter) => !frozen.includes(parameter)),
    derive(g, parameters, imageFeatures) {
      const constants = Object.fromEntries(tensors.map(([name, tensor]) => [name, g.constant(tensor)]));
      const derived = method.derive?.(g, { ...constants, ...parameters }, imageFeatures) ?? {};
      return { ...derived, sources: { ...constants, ...derived.sources } };
    },
  };
}
