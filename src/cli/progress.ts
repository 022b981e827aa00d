import type { CommandIo } from "./io.ts";

/** Shows how far something is, on stderr. */
export interface Progress {
  /**
   * @param done units finished
   * @param total units in all
   * @param note such as `loss 1.234`
   */
  update(done: number, total: number, note?: string): void;
  /** Ends the line. */
  finish(): void;
}

/** Milliseconds between two redrawings. */
const REDRAW_INTERVAL = 100;
/** Without a terminal, a line is written at each of these shares. */
const LOG_STEP = 0.25;

/**
 * A progress line with time left: redrawn in place on a terminal, a few plain lines elsewhere.
 *
 * @param label what is going on, such as `encode pictures`
 * @param now current time in milliseconds
 */
export function createProgress(io: CommandIo, label: string, now: () => number = Date.now): Progress {
  const started = now();
  let lastDrawn = Number.NEGATIVE_INFINITY;
  let nextLogged = LOG_STEP;
  let isOpen = false;
  return {
    update(done, total, note) {
      const isLast = done >= total;
      const line = () => describe(label, { done, total, elapsed: now() - started, note });
      if (io.isTerminal) {
        if (!isLast && now() - lastDrawn < REDRAW_INTERVAL) return;
        lastDrawn = now();
        isOpen = true;
        io.stderr(
          `\r${line()
            .slice(0, io.columns - 1)
            .padEnd(io.columns - 1)}`,
        );
      } else if (done / total >= nextLogged || (isLast && nextLogged <= 1)) {
        nextLogged = Math.floor(done / total / LOG_STEP + 1) * LOG_STEP;
        io.stderr(`${line()}\n`);
      }
    },
    finish() {
      if (isOpen) io.stderr("\n");
      isOpen = false;
    },
  };
}

interface ProgressState {
  readonly done: number;
  readonly total: number;
  /** Milliseconds. */
  readonly elapsed: number;
  readonly note: string | undefined;
}

function describe(label: string, { done, total, elapsed, note }: ProgressState): string {
  const share = `${String(Math.floor((100 * done) / Math.max(1, total))).padStart(3)} %`;
  const left = done > 0 && done < total ? `, ${formatDuration((elapsed / done) * (total - done))} left` : "";
  return `${label} ${share} (${done} of ${total}${left})${note === undefined ? "" : ` ${note}`}`;
}

/** Milliseconds as `12 s` or `3 min 20 s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Bytes as `12.3 MB`. */
export function formatBytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
