// Program of a process that runs cells, one at a time, for the one that started it.
import { ConfigError, LammError } from "../errors.ts";
import { type CellContext, createCellContext } from "./cell-context.ts";
import type { CellAnswer, CellRequest } from "./cell-message.ts";
import { runCell } from "./run-cell.ts";

let context: CellContext | undefined;
const running = new Map<number, AbortController>();

const send = (answer: CellAnswer) => {
  // Nobody listens any more where the other side has ended; so does this process.
  if (process.connected) process.send?.(answer);
};

process.on("message", (request: CellRequest) => {
  if (request.kind === "open") {
    context = createCellContext(request.places, (text) => send({ kind: "notice", text }));
  } else if (request.kind === "stop") running.get(request.id)?.abort();
  else void answer(request);
});
// Ctrl-C goes to all processes of a terminal: the one that started this says what is to stop.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());

async function answer({ id, cell, key }: Extract<CellRequest, { kind: "run" }>): Promise<void> {
  const abort = new AbortController();
  running.set(id, abort);
  try {
    if (context === undefined) throw new Error("a cell before the places that it is in");
    await checkKey(context, cell, key);
    const result = await runCell({
      ...{ context, cell, key, signal: abort.signal },
      onProgress: (share) => send({ kind: "progress", id, share }),
    });
    send({ kind: "result", id, result: result ?? null });
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    const { cause: _, ...details } = error.details;
    send({ kind: "failure", id, code: error.code, details });
  } finally {
    running.delete(id);
  }
}

/** Throws where data, weights or software here are not those that the cell was planned with. */
async function checkKey(
  context: CellContext,
  cell: Parameters<CellContext["key"]>[0],
  key: string,
): Promise<void> {
  if ((await context.key(cell)) === key) return;
  const { software } = await context.ingredients(cell);
  throw new ConfigError({
    where: `cell of ${cell.dataset}, ${cell.config.method}`,
    expected: "the data, weights and software that it was planned with",
    got: `others here (${Object.values(software).join(", ")})`,
    fix: "Use the same version of lamm, the same model and the same data set on all machines.",
  });
}
