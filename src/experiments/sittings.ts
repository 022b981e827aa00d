import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../tensor/node/atomic-file.ts";

/** Least milliseconds between two notes: a training of short epochs is not to wait for the disk twice in each. */
const NOTE_INTERVAL = 1000;
/** It travels with the cell's checkpoints, see `CheckpointRelay`, and so has their ending. */
const ENDING = "-seconds.checkpoint";

const note = z.object({ seconds: z.number().nonnegative() });

/** Counts how long a cell takes in all its sittings. */
export interface Sittings {
  /** So far, those before this one included. */
  seconds(): number;
  /** Keeps the time for the next sitting, where it was not kept a moment ago or `isLast`. */
  keep(options?: { readonly isLast?: boolean }): void;
  /** Forgets the time, as that of a cell that is done. */
  clear(): void;
}

/**
 * Begins a sitting.
 *
 * @param options `folder` is that of the checkpoints, without which there is no other sitting; `now` gives milliseconds
 */
export function beginSitting(
  key: string,
  options: { readonly folder: string | undefined; readonly now?: () => number },
): Sittings {
  const { folder, now = () => performance.now() } = options;
  const path = folder === undefined ? undefined : join(folder, `${key}${ENDING}`);
  const before = path === undefined ? 0 : readSeconds(path);
  const started = now();
  let kept = started;
  const seconds = () => before + (now() - started) / 1000;
  return {
    seconds,
    keep({ isLast = false } = {}) {
      if (path === undefined || (!isLast && now() - kept < NOTE_INTERVAL)) return;
      kept = now();
      writeSeconds(path, seconds());
    },
    clear() {
      if (path !== undefined) rmSync(path, { force: true });
    },
  };
}

/** What a note says, 0 where there is none that can be read. */
function readSeconds(path: string): number {
  try {
    return note.parse(JSON.parse(readFileSync(path, "utf8"))).seconds;
  } catch {
    return 0;
  }
}

function writeSeconds(path: string, seconds: number): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileAtomically(path, JSON.stringify({ seconds }));
  } catch {
    // No result depends on it: where it cannot be written, the time of one sitting is missing.
  }
}
