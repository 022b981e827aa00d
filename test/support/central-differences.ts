import type { Value } from "../../src/graph/node.ts";
import type { Array64 } from "./reference/array64.ts";
import { evaluate } from "./reference-evaluator.ts";
import { DIFFERENCE_STEP } from "./tolerances.ts";

/**
 * Gradient of `sum(dy y)` by central differences, `(f(x + h) - f(x - h)) / 2h` for each element of one input.
 *
 * @param y value to differentiate
 * @param source input for which
 * @param feeds inputs of the graph, among them `dy`, of the shape of `y`; all ones if missing
 */
export function centralDifferences(
  y: Value,
  source: Value,
  feeds: Readonly<Record<string, Array64>>,
): Array64 {
  const x = feeds[source.name] as Array64;
  const objective = (data: Float64Array) => {
    const [result] = evaluate([y], { ...feeds, [source.name]: { shape: x.shape, data } });
    return (result as Array64).data.reduce((sum, number, i) => sum + number * (feeds.dy?.data[i] ?? 1), 0);
  };
  const data = x.data.map((number, i) => {
    const step = DIFFERENCE_STEP * Math.max(1, Math.abs(number));
    const above = objective(x.data.with(i, number + step));
    return (above - objective(x.data.with(i, number - step))) / (2 * step);
  });
  return { shape: x.shape, data };
}
