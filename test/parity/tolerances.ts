/** Reference deviations from float64 are multiplied by this: our rounding is another one, and grows over a run's steps. */
const FLOAT64_FACTOR = 20;
/** No tolerance is smaller: a reference may be near float64 by luck. */
const FLOOR = 1e-5;

/**
 * Tolerance of a training case's value.
 *
 * @param deviation by how much the reference's float32 run lies from the same run in float64
 */
export function trainingTolerance(deviation: number): number {
  return Math.max(FLOAT64_FACTOR * deviation, FLOOR);
}

/**
 * Features, logits and losses of one forward pass in float32, relative to the largest of them: twenty times the 1e-6 by which the
 * references' first losses lie from float64.
 */
export const FORWARD = 2e-5;

/** A gradient through the text tower in float32, relative to its largest element: twenty times the references' 5e-6. */
export const GRADIENT = 1e-4;

/**
 * A parameter after one step of an optimiser on given gradients, relative to the largest of its tensor: the few roundings of an
 * element's update, each 6e-8 of it.
 */
export const OPTIMIZER_STEP = 5e-7;

/** Lossless pictures: no 8-bit value may be off by more than this. */
export const LOSSLESS_LEVELS = 1;
/** Lossless pictures: share of pixels that need not be exact. */
export const LOSSLESS_INEXACT_PIXELS = 0.001;
/** JPEG decoders differ in rounding: mean error in 8-bit levels. */
export const JPEG_MEAN_LEVELS = 0.5;
