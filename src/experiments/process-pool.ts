import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError, restoreError } from "../errors.ts";
import type { CellPlaces } from "./cell-context.ts";
import type { CellAnswer, CellRequest } from "./cell-message.ts";
import type { CellResult } from "./cell-run.ts";
import type { PlannedRow } from "./plan-grid.ts";
import type { CellRunner, CellWatch } from "./run-grid.ts";

/** How often a cell is tried whose process ends under it. */
const MAX_ATTEMPTS = 2;

/** Processes of this machine that run cells. */
export interface ProcessPoolOptions {
  readonly places: CellPlaces;
  /** Number of processes, each with one cell at a time. */
  readonly processes: number;
  /** Called with a sentence that the user may want to know. */
  readonly onNotice?: (notice: string) => void;
}

/** A cell that a process works on. */
interface RunningCell {
  readonly watch: CellWatch;
  readonly resolve: (result: CellResult | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs cells in processes of this machine, which begin with the first cells and end with the pool. A process that is killed is replaced
 * and its cell begins again where its checkpoint is; when that happens twice the cell has failed.
 */
export function createProcessPool({ places, processes, onNotice }: ProcessPoolOptions): CellRunner {
  const idle: CellProcess[] = [];
  const all = new Set<CellProcess>();
  let isClosed = false;
  const take = () => {
    const found = idle.pop() ?? startCellProcess(places, onNotice);
    all.add(found);
    return found;
  };
  return {
    concurrency: processes,
    async run(row, watch) {
      for (let attempt = 1; ; attempt++) {
        const child = take();
        try {
          const result = await child.run(row, watch);
          idle.push(child);
          return result;
        } catch (error) {
          if (child.isAlive()) idle.push(child);
          else all.delete(child);
          if (!(error instanceof ProcessEnded)) throw error;
          if (isClosed || watch.signal?.aborted) return undefined;
          if (attempt === MAX_ATTEMPTS) throw endedTwice(error);
          onNotice?.(`A process that ran a cell ended (${error.message}); the cell goes on in another.`);
        }
      }
    },
    async close() {
      isClosed = true;
      await Promise.all([...all].map((child) => child.close()));
    },
  };
}

/** A process ended while it ran a cell. */
class ProcessEnded extends Error {}

function endedTwice({ message }: ProcessEnded): EngineError {
  return new EngineError({
    where: "a process that ran the cell",
    expected: "it to finish",
    got: `that it ended twice (${message})`,
    fix: "Where memory ran out, run fewer cells at a time with --jobs.",
  });
}

interface CellProcess {
  run(row: Pick<PlannedRow, "cell" | "key">, watch: CellWatch): Promise<CellResult | undefined>;
  isAlive(): boolean;
  close(): Promise<void>;
}

function startCellProcess(places: CellPlaces, onNotice?: (notice: string) => void): CellProcess {
  // The compiled package has .js where the sources have .ts.
  const url = new URL(`./cell-process${extname(import.meta.url)}`, import.meta.url);
  const child = fork(fileURLToPath(url), { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const running = new Map<number, RunningCell>();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let nextId = 0;
  const send = (request: CellRequest) => child.connected && child.send(request);
  child.on("message", (answer: CellAnswer) => settle(running, answer, onNotice));
  child.once("exit", (code, signal) => {
    for (const { reject } of running.values()) reject(new ProcessEnded(signal ?? `exit code ${code}`));
    running.clear();
  });
  send({ kind: "open", places });
  return {
    run({ cell, key }, watch) {
      const id = nextId++;
      return new Promise((resolve, reject) => {
        if (!isAlive(child)) return reject(new ProcessEnded("before the cell began"));
        running.set(id, { watch, resolve, reject });
        const stop = () => send({ kind: "stop", id });
        if (watch.signal?.aborted) stop();
        watch.signal?.addEventListener("abort", stop, { once: true });
        send({ kind: "run", id, cell, key });
      });
    },
    isAlive: () => isAlive(child),
    async close() {
      child.kill("SIGTERM");
      if (isAlive(child)) await ended;
    },
  };
}

const isAlive = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;

function settle(
  running: Map<number, RunningCell>,
  answer: CellAnswer,
  onNotice: ((notice: string) => void) | undefined,
): void {
  if (answer.kind === "notice") {
    onNotice?.(answer.text);
    return;
  }
  const cell = running.get(answer.id);
  if (answer.kind === "progress") {
    cell?.watch.onProgress?.(answer.share);
    return;
  }
  running.delete(answer.id);
  if (answer.kind === "result") cell?.resolve(answer.result ?? undefined);
  else cell?.reject(restoreError(answer.code, answer.details));
}
