import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { checkParameterLength } from "./check-parameter-length.ts";
import type { PromptMethod } from "./method.ts";

/**
 * The same method with other values to start from, such as those of an earlier training.
 *
 * @param values float32 by name, with as many elements as the parameter; parameters without one start where the method has them start
 * @throws {ConfigError} if there are more or fewer elements
 */
export function startParameters(
  method: PromptMethod,
  values: Readonly<Record<string, Tensor<"float32">>>,
): PromptMethod {
  const parameters = method.parameters.map((parameter) => {
    const { name, initial } = parameter;
    const { data } = values[name] ?? initial;
    checkParameterLength(method, parameter, data);
    return { ...parameter, initial: createTensor("float32", initial.shape, data) };
  });
  return { ...method, parameters };
}
