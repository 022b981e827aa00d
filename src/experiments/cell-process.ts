// Program of a process that runs cells, one at a time, for the one that started it.
import type { DownloadProgress } from "../clip/node/hub-download.ts";
import { LammError } from "../errors.ts";
import { type CellContext, createCellContext } from "./cell-context.ts";
import type { CellAnswer, CellRequest } from "./cell-message.ts";
import type { CellResult } from "./cell-run.ts";
import { checkIngredients, checkSources } from "./check-ingredients.ts";
import { encodeChunk } from "./encode-chunk.ts";
import { runCell } from "./run-cell.ts";

/** Least milliseconds between two messages of a download, which comes in many pieces. */
const DOWNLOAD_INTERVAL = 100;

/** What there is to do. */
type Task = Extract<CellRequest, { kind: "run" | "encode" }>;

let context: CellContext | undefined;
const running = new Map<number, AbortController>();

const send = (answer: CellAnswer) => {
  // Nobody listens any more where the other side has ended, perhaps in this moment; so does this process.
  if (process.connected) process.send?.(answer, undefined, undefined, () => {});
};

let lastTold = Number.NEGATIVE_INFINITY;

function tellDownload(progress: DownloadProgress): void {
  const now = performance.now();
  const isEnd = progress.loadedBytes === 0 || progress.loadedBytes >= progress.totalBytes;
  if (!isEnd && now - lastTold < DOWNLOAD_INTERVAL) return;
  lastTold = now;
  send({ kind: "download", progress });
}

process.on("message", (request: CellRequest) => {
  if (request.kind === "open") {
    context = createCellContext(request.places, (text) => send({ kind: "notice", text }), tellDownload);
  } else if (request.kind === "stop") running.get(request.id)?.abort();
  else void answer(request);
});
// Ctrl-C goes to all processes of a terminal: the one that started this says what is to stop.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());

async function answer(task: Task): Promise<void> {
  const { id } = task;
  const abort = new AbortController();
  running.set(id, abort);
  send({ kind: "begun", id });
  try {
    if (context === undefined) throw new Error("a cell before the places that it is in");
    const result = await perform(context, task, abort.signal);
    send({ kind: "result", id, result: result ?? null });
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    const { cause: _, ...details } = error.details;
    send({ kind: "failure", id, code: error.code, details });
  } finally {
    running.delete(id);
  }
}

async function perform(
  opened: CellContext,
  task: Task,
  signal: AbortSignal,
): Promise<CellResult | string | undefined> {
  const onProgress = (share: number) => send({ kind: "progress", id: task.id, share });
  if (task.kind === "encode") {
    await checkSources(opened, task.chunk, task.planned);
    const packed = await encodeChunk(opened, task.chunk, { signal, onProgress });
    return packed && Buffer.from(packed).toString("base64");
  }
  await checkIngredients(opened, task);
  const { cell, key } = task;
  return runCell({ context: opened, cell, key, signal, onProgress });
}
