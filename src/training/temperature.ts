import { checkLabelledLogits, type LabelledLogits } from "./labelled-logits.ts";
import { argMax, rowsOf } from "./metrics.ts";
import { checkTemperature, logSumExp } from "./softmax.ts";

/** Temperatures that are looked at, whatever the logits: beyond them all probabilities are 0 or 1, or equal. */
const LOG_RANGE = Math.log(100);
/** Points on the logarithmic scale among which the best is taken to begin with. */
const GRID = 13;
const MAX_STEPS = 40;
/** Relative change of the temperature below which it has been found. */
const PRECISION = 1e-9;

/**
 * Mean negative log-likelihood of the labels under `softmax(logits / t)`: 0 where each picture is given its class with
 * certainty, `log C` for equal probabilities.
 *
 * @param temperature t
 * @returns in nats a picture
 * @throws {DataError} if logits and labels do not fit together
 * @throws {ConfigError} if the temperature is not above 0
 */
export function negativeLogLikelihood(labelled: LabelledLogits, temperature = 1): number {
  checkLabelledLogits("negativeLogLikelihood", labelled);
  checkTemperature("negativeLogLikelihood", temperature);
  const { logits, labels } = labelled;
  const losses = rowsOf(logits).map(
    (row, picture) => logSumExp(row, temperature) - (row[labels[picture] ?? 0] ?? 0) / temperature,
  );
  return losses.reduce((sum, loss) => sum + loss, 0) / labels.length;
}

/**
 * The temperature t for which `softmax(logits / t)` are honest probabilities. It changes no prediction, only how sure the
 * classifier is: above 1 where it was too sure, below 1 where it was not sure enough.
 *
 * Minimises the sum over the pictures of the negative log-likelihood, and `(log t)^2 / 2`, over t in [0.01, 100].
 *
 * Guo et al. minimise the likelihood's part alone, on thousands of pictures. A support set is often classified without an
 * error, and for such a set the best t is 0: all certain. The second part, a log-normal prior around 1, weighs half a nat
 * for a factor of e: little against a hundred pictures, and much against ten that are all right. docs/experiments.md has
 * what it was compared with.
 *
 * @param labelled out-of-sample, as {@link LabelledLogits} says
 * @returns t
 * @throws {DataError} if logits and labels do not fit together
 * @see Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2, https://arxiv.org/abs/1706.04599
 * @example
 * const temperature = fitTemperature({ logits: outOfSample, labels });
 * const probabilities = probabilitiesOf(await method.score(fitted, features), temperature);
 */
export function fitTemperature(labelled: LabelledLogits): number {
  checkLabelledLogits("fitTemperature", labelled);
  // The likelihood has one valley on the logarithmic scale and the prior another; between them there may be a ridge.
  const step = (2 * LOG_RANGE) / (GRID - 1);
  const grid = Array.from({ length: GRID }, (_, i) => -LOG_RANGE + i * step);
  const losses = grid.map((logTemperature) => lossAt(labelled, logTemperature).loss);
  const best = grid[argMax(losses.map((loss) => -loss))] ?? 0;
  const bounds = { low: Math.max(best - step, -LOG_RANGE), high: Math.min(best + step, LOG_RANGE) };
  return Math.exp(refine(labelled, best, bounds));
}

/** Newton's method between two bounds, which the sign of the slope draws together; it halves where Newton would leave them. */
function refine(labelled: LabelledLogits, start: number, bounds: { low: number; high: number }): number {
  let { low, high } = bounds;
  let u = start;
  for (let i = 0; i < MAX_STEPS; i++) {
    const { slope, curvature } = lossAt(labelled, u);
    if (slope > 0) high = u;
    else low = u;
    const newton = u - slope / curvature;
    const next = curvature > 0 && newton >= low && newton <= high ? newton : (low + high) / 2;
    if (Math.abs(next - u) < PRECISION) return next;
    u = next;
  }
  return u;
}

/** What is minimised, summed over the pictures, with its derivatives by `u = log t`. */
function lossAt({ logits, labels }: LabelledLogits, u: number) {
  const [count = 0, width = 0] = logits.shape;
  const { data } = logits;
  const inverse = Math.exp(-u);
  let loss = 0;
  // By the inverse temperature b: sum of E[z] - z_label, and of Var[z], under softmax(b z).
  let slope = 0;
  let curvature = 0;
  for (let picture = 0; picture < count; picture++) {
    const start = picture * width;
    let largest = data[start]!;
    for (let i = start + 1; i < start + width; i++) if (data[i]! > largest) largest = data[i]!;
    let weights = 0;
    let first = 0;
    let second = 0;
    for (let i = start; i < start + width; i++) {
      const below = data[i]! - largest;
      const weight = Math.exp(inverse * below);
      weights += weight;
      first += weight * below;
      second += weight * below * below;
    }
    const own = data[start + labels[picture]!]! - largest;
    const mean = first / weights;
    loss += Math.log(weights) - inverse * own;
    slope += mean - own;
    curvature += Math.max(second / weights - mean * mean, 0);
  }
  return {
    loss: loss + (u * u) / 2,
    slope: u - inverse * slope,
    curvature: 1 + inverse * slope + inverse * inverse * curvature,
  };
}
