import type { SuspiciousPicture } from "../tasks/calibrate-adapter.ts";
import type { Adapter } from "../training/adapter.ts";
import { percent } from "../training/percent.ts";

/** Suspicious pictures that are listed; JSON has them all. */
const LISTED = 10;

/** What calibration did, in two lines; nothing for an adapter without. */
export function formatCalibration({
  calibration,
  rejection,
}: Pick<Adapter, "calibration" | "rejection">): string {
  const lines: string[] = [];
  if (calibration !== undefined) {
    const { temperature, errorBefore, errorAfter } = calibration;
    const doubt = errorAfter < errorBefore ? "" : ": not lower, which few pictures cannot tell apart";
    lines.push(
      `Calibrated: expected calibration error ${percent(errorBefore)} before, ${percent(errorAfter)} after (temperature ${temperature.toFixed(2)})${doubt}.`,
    );
  }
  if (rejection !== undefined) {
    const { knownRejected, unknownRejected } = rejection;
    lines.push(
      `With --unknown, predict will reject about ${percent(unknownRejected)} of pictures of other classes, and ${percent(knownRejected)} of these.`,
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** Pictures whose label looks wrong, most striking first. */
export function formatSuspicious(suspicious: readonly SuspiciousPicture[]): string {
  if (suspicious.length === 0) return "";
  const listed = suspicious.slice(0, LISTED);
  const rest = suspicious.length - listed.length;
  return [
    "\nThese pictures look mislabelled:\n",
    ...listed.map(
      ({ path, className, suggested, probability }) =>
        `  ${path}: ${className}, looks like ${suggested} (${percent(probability)})\n`,
    ),
    ...(rest > 0 ? [`  and ${rest} more (--json lists all)\n`] : []),
  ].join("");
}
