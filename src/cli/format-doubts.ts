import type { Doubts, TestCalibration } from "../tasks/doubts.ts";
import type { DuplicatePictures } from "../tasks/duplicate-pictures.ts";
import type { PairedDifference } from "../training/intervals.ts";
import { percent } from "../training/percent.ts";

/** Pairs of near-duplicates that are listed. */
const LISTED_PAIRS = 5;
/** p-values below it are not told apart. */
const LEAST_P = 0.001;

/** How far the numbers of an evaluation can be trusted, a line each. */
export function formatDoubts({ calibration, rejected, versusZeroShot }: Doubts): string {
  return [
    ...(versusZeroShot ? [formatDifference(versusZeroShot)] : []),
    formatCalibrationError(calibration),
    ...(rejected === undefined
      ? []
      : [`With --unknown, predict would reject ${percent(rejected)} of these pictures.`]),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

function formatDifference({ difference, interval, pValue }: PairedDifference): string {
  const points = (share: number) => `${share < 0 ? "" : "+"}${(100 * share).toFixed(1)}`;
  const p = pValue < LEAST_P ? `p < ${LEAST_P}` : `p = ${pValue.toFixed(3)}`;
  return `Adapter against zero-shot: ${points(difference)} points (95 % interval ${points(interval.lower)} to ${points(interval.upper)}, ${p}).`;
}

function formatCalibrationError({ errorBefore, errorAfter, temperature }: TestCalibration): string {
  const error = `Expected calibration error ${percent(errorBefore)}`;
  if (errorAfter === undefined || temperature === undefined) {
    return `${error}; the adapter is not calibrated (train --calibrate).`;
  }
  return `${error} before, ${percent(errorAfter)} after calibration (temperature ${temperature.toFixed(2)}).`;
}

/** Near-duplicates that may make accuracy too good; nothing where there are none. */
export function formatDuplicates({ pairs, total }: DuplicatePictures): string {
  if (total === 0) return "";
  const listed = pairs.slice(0, LISTED_PAIRS);
  const rest = total - listed.length;
  const found =
    total === 1
      ? "A training and a test picture look the same"
      : `${total} pairs of a training and a test picture look the same`;
  return [
    `${found}: accuracy may be too good.`,
    ...listed.map(({ train, test, cosine }) => `  ${train} and ${test} (cosine ${cosine.toFixed(3)})`),
    ...(rest > 0 ? [`  and ${rest} more (--json lists up to 100)`] : []),
  ]
    .map((line) => `${line}\n`)
    .join("");
}
