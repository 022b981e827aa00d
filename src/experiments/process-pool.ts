import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { DownloadProgress } from "../clip/node/hub-download.ts";
import { EngineError, restoreError } from "../errors.ts";
import type { CellPlaces } from "./cell-context.ts";
import type { CellAnswer, CellRequest, CellTask, EncodeTask } from "./cell-message.ts";
import type { CellResult } from "./cell-run.ts";
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
  /** Called while processes download models, each for itself, with bytes. */
  readonly onDownload?: (progress: DownloadProgress) => void;
}

/** Runs cells, and encodes pictures, in processes. */
export interface ProcessPool extends CellRunner {
  run(task: CellTask, watch: CellWatch): Promise<CellResult | undefined>;
  /**
   * Encodes pictures.
   *
   * @returns packed features, see `packFeatures`, or `undefined` where the signal stopped it
   * @throws {LammError} if data set or model cannot be opened, or are not those that were planned
   */
  encode(task: EncodeTask, watch: CellWatch): Promise<Uint8Array | undefined>;
}

/** A cell, or pictures to encode. */
type Task = ({ readonly kind: "run" } & CellTask) | ({ readonly kind: "encode" } & EncodeTask);
type TaskResult = Extract<CellAnswer, { kind: "result" }>["result"];

/** What a process works on. */
interface RunningTask {
  /** Whether the process has said that it has it. */
  hasBegun: boolean;
  readonly watch: CellWatch;
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs cells in processes of this machine, which begin with the first cells and end with the pool. A process that is killed is replaced
 * and its cell begins again where its checkpoint is; when that happens twice the cell has failed. One that dies while it waits for work costs no
 * cell anything.
 */
export function createProcessPool(options: ProcessPoolOptions): ProcessPool {
  const { places, processes, onNotice, onDownload } = options;
  const idle = new Set<CellProcess>();
  const all = new Set<CellProcess>();
  let isClosed = false;
  const start = () => {
    const child = startCellProcess(places, {
      ...(onNotice && { onNotice }),
      ...(onDownload && { onDownload }),
      onEnd() {
        idle.delete(child);
        all.delete(child);
      },
    });
    all.add(child);
    return child;
  };
  /** One that waits, the last to have worked, or else a new one. */
  const take = () => {
    const waiting = [...idle].findLast((child) => child.isUsable());
    const child = waiting ?? start();
    idle.delete(child);
    return { child, isNew: waiting === undefined };
  };
  const perform = async (task: Task, watch: CellWatch): Promise<TaskResult> => {
    let attempts = 0;
    for (;;) {
      const { child, isNew } = take();
      try {
        return await child.perform(task, watch);
      } catch (error) {
        if (!(error instanceof ProcessEnded)) throw error;
        if (isClosed || watch.signal?.aborted) return null;
        // It died while it waited for work, which says nothing of the cell. Those are few: a new one is no such.
        if (!isNew && !error.hasBegun) continue;
        attempts++;
        if (attempts === MAX_ATTEMPTS) throw endedTwice(error);
        onNotice?.(`A process that ran a cell ended (${error.message}); the cell goes on in another.`);
      } finally {
        if (child.isUsable()) idle.add(child);
      }
    }
  };
  return {
    concurrency: processes,
    async run({ cell, key, planned }, watch) {
      const result = await perform({ kind: "run", cell, key, ...(planned && { planned }) }, watch);
      return (result ?? undefined) as CellResult | undefined;
    },
    async encode(task, watch) {
      const packed = await perform({ kind: "encode", ...task }, watch);
      return typeof packed === "string" ? Buffer.from(packed, "base64") : undefined;
    },
    async close() {
      isClosed = true;
      await Promise.all([...all].map((child) => child.close()));
    },
  };
}

/** A process ended while it ran a cell, or before it began to. */
class ProcessEnded extends Error {
  readonly hasBegun: boolean;

  constructor(reason: string, { hasBegun }: { readonly hasBegun: boolean }) {
    super(reason);
    this.hasBegun = hasBegun;
  }
}

function endedTwice({ message }: ProcessEnded): EngineError {
  return new EngineError({
    where: "a process that ran the cell",
    expected: "it to finish",
    got: `that it ended twice (${message})`,
    fix: "Where memory ran out, run fewer cells at a time with --jobs.",
  });
}

interface CellProcess {
  perform(task: Task, watch: CellWatch): Promise<TaskResult>;
  /** Whether it can be given work, as far as is known: that it was killed is told a moment later. */
  isUsable(): boolean;
  close(): Promise<void>;
}

/** What a process tells besides its results; `onEnd` is called when it has ended or cannot be reached any more. */
interface ProcessWatch extends Pick<ProcessPoolOptions, "onNotice" | "onDownload"> {
  readonly onEnd: () => void;
}

function startCellProcess(places: CellPlaces, watchProcess: ProcessWatch): CellProcess {
  // The compiled package has .js where the sources have .ts.
  const url = new URL(`./cell-process${extname(import.meta.url)}`, import.meta.url);
  const child = fork(fileURLToPath(url), { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const running = new Map<number, RunningTask>();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let nextId = 0;
  let isBroken = false;
  const send = (request: CellRequest) => child.connected && child.send(request);
  child.on("message", (answer: CellAnswer) => settle(running, answer, watchProcess));
  const fail = (reason: string) => {
    for (const { reject, hasBegun } of running.values()) reject(new ProcessEnded(reason, { hasBegun }));
    running.clear();
  };
  child.once("exit", (code, signal) => {
    fail(signal ?? `exit code ${code}`);
    watchProcess.onEnd();
  });
  // It could not be started, or ended while it was sent something.
  child.on("error", ({ message }) => {
    isBroken = true;
    fail(message);
    // Of one that could not be started no end is told.
    if (!isAlive(child)) watchProcess.onEnd();
  });
  send({ kind: "open", places });
  return {
    async perform(task, watch) {
      if (!isAlive(child)) throw new ProcessEnded("before the cell began", { hasBegun: false });
      const id = nextId++;
      const { promise, resolve, reject } = Promise.withResolvers<TaskResult>();
      running.set(id, { hasBegun: false, watch, resolve, reject });
      send({ ...task, id });
      const stop = () => send({ kind: "stop", id });
      if (watch.signal?.aborted) stop();
      watch.signal?.addEventListener("abort", stop, { once: true });
      try {
        return await promise;
      } finally {
        watch.signal?.removeEventListener("abort", stop);
      }
    },
    isUsable: () => !isBroken && child.connected && isAlive(child),
    async close() {
      child.kill("SIGTERM");
      if (isAlive(child)) await ended;
    },
  };
}

const isAlive = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;

function settle(
  running: Map<number, RunningTask>,
  answer: CellAnswer,
  { onNotice, onDownload }: Pick<ProcessWatch, "onNotice" | "onDownload">,
): void {
  if (answer.kind === "notice") {
    onNotice?.(answer.text);
    return;
  }
  if (answer.kind === "download") {
    onDownload?.(answer.progress);
    return;
  }
  const task = running.get(answer.id);
  if (answer.kind === "begun") {
    if (task !== undefined) task.hasBegun = true;
    return;
  }
  if (answer.kind === "progress") {
    task?.watch.onProgress?.(answer.share);
    return;
  }
  running.delete(answer.id);
  if (answer.kind === "result") task?.resolve(answer.result);
  else task?.reject(restoreError(answer.code, answer.details));
}
