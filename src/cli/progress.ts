import type { CommandIo } from "./io.ts";

/** Shows how far something is, on stderr. */
export interface Progress {
  /**
   * @param done units finished; fewer than before start something new, such as the next file
   * @param total units in all
   * @param note such as `loss 1.234`
   * @param millisecondsLeft where that is known better than by the units done so far
   */
  update(done: number, total: number, note?: string, millisecondsLeft?: number): void;
  /**
   * Ends the line.
   *
   * @param summary what it shows at last, where something was shown and did not reach its total
   */
  finish(summary?: string): void;
}

/** How progress is shown. */
export interface ProgressOptions {
  /** Writes a number of units, such as bytes; plain if not given. */
  readonly format?: (units: number) => string;
  /** Current time in milliseconds. */
  readonly now?: () => number;
  /** Without a terminal, longest time between two lines, in milliseconds; that of a quarter of the work if not given. */
  readonly logEvery?: number;
}

/** Makes a terminal erase what is right of the cursor. */
const ERASE_REST = "\x1b[K";
/** Milliseconds between two redrawings on a terminal. */
const REDRAW_INTERVAL = 100;
/** Without a terminal, a line is written at each of these shares ... */
const LOG_STEP = 0.25;
/** ... but not more often than this many milliseconds, the last one apart. */
const LOG_INTERVAL = 1000;

/**
 * A progress line with time left: redrawn in place on a terminal, a few plain lines elsewhere.
 *
 * @param label what is going on, such as `encode pictures`
 */
export function createProgress(io: CommandIo, label: string, options: ProgressOptions = {}): Progress {
  const { format = String, now = Date.now, logEvery = Number.POSITIVE_INFINITY } = options;
  /** The first update: time left is told by what was done since then, as a resumed run does not begin at 0. */
  let first: { readonly done: number; readonly time: number } | undefined;
  let latest = 0;
  let lastShown = Number.NEGATIVE_INFINITY;
  let nextLogged = LOG_STEP;
  let isOpen = false;
  let isComplete = true;
  const draw = (line: string) => {
    const width = Math.max(1, io.columns - 1);
    isOpen = true;
    io.stderr(`\r${line.slice(0, width)}${ERASE_REST}`);
  };
  return {
    update(done, total, note, millisecondsLeft) {
      const time = now();
      if (first === undefined || done < latest) {
        first = { done, time };
        lastShown = io.isTerminal ? Number.NEGATIVE_INFINITY : time;
        nextLogged = LOG_STEP;
      }
      const isLast = done >= total;
      if (isLast && isComplete && done === latest) return;
      latest = done;
      isComplete = isLast;
      const line = () => {
        const rate = (time - (first?.time ?? 0)) / (done - (first?.done ?? 0));
        const milliseconds = millisecondsLeft ?? rate * (total - done);
        const left = isLast || !Number.isFinite(milliseconds) ? "" : `, ${formatDuration(milliseconds)} left`;
        const share = `${String(Math.floor((100 * done) / Math.max(1, total))).padStart(3)} %`;
        const count = `(${format(done)} of ${format(total)}${left})`;
        return `${label} ${share} ${count}${note === undefined ? "" : ` ${note}`}`;
      };
      if (io.isTerminal) {
        if (!isLast && time - lastShown < REDRAW_INTERVAL) return;
        draw(line());
      } else {
        const waited = time - lastShown;
        const isDue = done / total >= nextLogged || waited >= logEvery;
        if (!isLast && (!isDue || waited < LOG_INTERVAL)) return;
        nextLogged = Math.floor(done / total / LOG_STEP + 1) * LOG_STEP;
        io.stderr(`${line()}\n`);
      }
      lastShown = time;
    },
    finish(summary) {
      if (summary !== undefined && !isComplete) {
        if (io.isTerminal) draw(`${label} ${summary}`);
        else io.stderr(`${label} ${summary}\n`);
        isComplete = true;
      }
      if (isOpen) io.stderr("\n");
      isOpen = false;
    },
  };
}

/** Milliseconds as `12 s`, `3 min 20 s` or `2 h 5 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** Bytes as `12.3 MB`, or `4.5 kB` where they are fewer. */
export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
