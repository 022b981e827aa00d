import { ConfigError } from "../errors.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { argMax, rowsOf } from "./metrics.ts";

/**
 * `log(sum_i exp(z_i / t))` in float64. The largest logit is taken out of the sum: exp of CLIP's logits, up to 100, leaves
 * the range of float32, and that of `z / t` leaves float64's.
 *
 * @param logits of one picture, `[C]`
 * @param temperature t
 * @returns in nats
 */
export function logSumExp(logits: ArrayLike<number>, temperature = 1): number {
  const largest = logits[argMax(logits)] ?? Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i]! - largest) / temperature);
  return largest / temperature + Math.log(sum);
}

/**
 * Probabilities of the classes, `softmax(logits / t)`, computed in float64.
 *
 * @param logits float32 `[N, C]`
 * @param temperature t, as `fitTemperature` gives it
 * @returns float32 `[N, C]`, each row with the sum 1
 * @throws {ConfigError} if the temperature is not above 0
 */
export function probabilitiesOf(logits: Tensor<"float32">, temperature = 1): Tensor<"float32"> {
  checkTemperature("probabilitiesOf", temperature);
  const data = new Float32Array(logits.data.length);
  const width = logits.shape[1] ?? 0;
  rowsOf(logits).forEach((row, picture) => {
    const normaliser = logSumExp(row, temperature);
    for (let c = 0; c < width; c++) data[picture * width + c] = Math.exp(row[c]! / temperature - normaliser);
  });
  return createTensor("float32", logits.shape, data);
}

/**
 * Throws unless a temperature is a number above 0.
 *
 * @param where the function that was given it
 * @throws {ConfigError} if it is not
 */
export function checkTemperature(where: string, temperature: number): void {
  if (Number.isFinite(temperature) && temperature > 0) return;
  const expected = "a number above 0";
  throw new ConfigError({ where: `${where}, temperature`, expected, got: String(temperature) });
}
