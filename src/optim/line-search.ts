/** A function along a line, at one step length. */
export interface LinePoint {
  /** Step length. */
  readonly step: number;
  readonly loss: number;
  /** Derivative along the line. */
  readonly slope: number;
}

/** How a line search decides. */
export interface LineSearchOptions {
  /** c1 of the sufficient decrease condition. */
  readonly decrease: number;
  /** c2 of the curvature condition. */
  readonly curvature: number;
  /** Most evaluations. */
  readonly maxEvaluations: number;
}

/** Narrowest bracket, relative to its larger end, in which float32 losses still differ. */
const NARROWEST = 1e-6;

/**
 * Looks for a step that meets the strong Wolfe conditions `f(t) <= f(0) + c1 t f'(0)` and `|f'(t)| <= c2 |f'(0)|`: a bracket
 * grows until it holds such a step, then shrinks by cubic interpolation.
 *
 * @param start the point at step 0; its slope is negative
 * @param first step to try first
 * @param evaluate the function along the line; `undefined` for a step too short to be told from none, which ends the search. A
 * loss or slope that is not finite counts as a step too far
 * @returns the step found, or the best point with sufficient decrease where the search ended without; `undefined` where there
 * was none
 * @see Nocedal & Wright 2006, algorithms 3.5 and 3.6
 */
export async function searchStrongWolfe<P extends LinePoint>(
  start: LinePoint,
  first: number,
  evaluate: (step: number) => Promise<P | undefined>,
  { decrease, curvature, maxEvaluations }: LineSearchOptions,
): Promise<P | undefined> {
  const isLow = (point: LinePoint) =>
    isFinitePoint(point) && point.loss <= start.loss + decrease * point.step * start.slope;
  const isFlat = (point: LinePoint) => Math.abs(point.slope) <= -curvature * start.slope;
  let low: LinePoint = start;
  let best: P | undefined;
  let high: LinePoint | undefined;
  let step = first;
  for (let evaluations = 0; evaluations < maxEvaluations; evaluations++) {
    const point = await evaluate(step);
    if (point === undefined) return best;
    if (!isLow(point) || point.loss >= low.loss) {
      high = point;
    } else {
      best = point;
      if (isFlat(point)) return point;
      if (point.slope * ((high?.step ?? Number.POSITIVE_INFINITY) - low.step) >= 0) high = low;
      low = point;
    }
    if (high === undefined) {
      step = 2 * low.step;
    } else {
      if (Math.abs(high.step - low.step) <= NARROWEST * Math.max(high.step, low.step)) return best;
      step = interpolate(low, high);
    }
  }
  return best;
}

function isFinitePoint({ loss, slope }: LinePoint): boolean {
  return Number.isFinite(loss) && Number.isFinite(slope);
}

/** Minimum of the cubic through two points, kept away from their ends; the middle where there is none. */
function interpolate(low: LinePoint, high: LinePoint): number {
  const width = high.step - low.step;
  const middle = low.step + width / 2;
  // From the start the end of the finite part may be far nearer than the first step; once inside it, halving is faster.
  if (!isFinitePoint(high)) return low.step === 0 ? width / 10 : middle;
  const d1 = low.slope + high.slope - (3 * (low.loss - high.loss)) / (low.step - high.step);
  const square = d1 * d1 - low.slope * high.slope;
  if (!(square >= 0)) return middle;
  const d2 = Math.sign(width) * Math.sqrt(square);
  const found = high.step - (width * (high.slope + d2 - d1)) / (high.slope - low.slope + 2 * d2);
  const [from, to] = [low.step + 0.1 * width, low.step + 0.9 * width];
  if (!Number.isFinite(found)) return middle;
  return Math.min(Math.max(found, Math.min(from, to)), Math.max(from, to));
}
