import { ConfigError } from "../errors.ts";
import type { PromptMethod, TrainedParameter } from "./method.ts";

/**
 * Throws unless values that were learned before are as many as a parameter has.
 *
 * @throws {ConfigError} if there are more or fewer
 */
export function checkParameterLength(
  { name: method }: Pick<PromptMethod, "name">,
  { name, initial }: TrainedParameter,
  data: Float32Array,
): void {
  if (data.length === initial.data.length) return;
  throw new ConfigError({
    where: `parameter "${name}" of "${method}"`,
    expected: `${initial.data.length} numbers to keep it at`,
    got: `${data.length}`,
    fix: "Train with the options that it was learned with.",
  });
}
