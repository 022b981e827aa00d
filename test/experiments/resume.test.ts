import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRandom } from "../../src/tensor/random.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { startProcess } from "../support/cli/start-process.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { resultLines } from "../support/experiments/result-lines.ts";
import { writeBenchmark } from "../support/experiments/write-benchmark.ts";

/** Random moments at which the process is killed. */
const KILLS = 20;
/** Longest time between a start and the kill, in milliseconds: about as long as a start and a cell or two take. */
const LONGEST = 1800;

let work: Workspace;
let argv: readonly string[];

beforeAll(async () => {
  work = await createWorkspace();
  await writeBenchmark(work.path("data"), { train: 4, test: 4 });
  argv = [
    ...["experiment", "few-shot", "incremental", "--data", work.path("data"), "--models", work.model],
    ...[
      "--datasets",
      "picture-world/drinks-and-tableware",
      "--threads",
      "1",
      "--shots",
      "1,2,4",
      "--seeds",
      "1,2",
    ],
    ...["--methods", "zero-shot,lamm,coop,coop+lamm", "--set", "epochs=60", "--set", "coop+lamm.epochs=80"],
  ];
});

afterAll(() => work.remove());

test("a grid that is killed at twenty random moments ends with the same results", {
  timeout: 300_000,
}, async () => {
  const killed = [...argv, "--out", work.path("killed")];
  const random = createRandom(11);
  let kills = 0;
  for (let attempt = 0; attempt < KILLS; attempt++) {
    const process = startProcess(killed);
    await setTimeout(300 + random.randBelow(LONGEST - 300));
    process.kill("SIGKILL");
    if ((await process.ended).signal === "SIGKILL") kills++;
  }
  expect(kills).toBe(KILLS);
  const last = await runRecorded(killed);
  expect(last.exitCode).toBe(0);
  expect(last.stdout).toMatch(/cells are done \(\d+ were there before\)/);
  expect((await runRecorded([...argv, "--out", work.path("whole")])).exitCode).toBe(0);
  expect(resultLines(work.path("killed"))).toBe(resultLines(work.path("whole")));
});

test("Ctrl-C keeps what is done, says how to go on, and the same command does", async () => {
  const stopped = [...argv, "--out", work.path("stopped")];
  let interrupt = () => {};
  const first = await runRecorded(stopped, {
    isTerminal: true,
    columns: 200,
    onListening: (stop) => {
      interrupt = stop;
    },
    onStderr: (text) => {
      if (/\(5 of/.test(text)) interrupt();
    },
  });
  expect(first.exitCode).toBe(130);
  expect(first.stderr).toContain(
    "Stopped. Cells that are done are kept; to go on:\n  lamm experiment few-shot",
  );
  const again = await runRecorded(stopped);
  expect(again.exitCode).toBe(0);
  expect(resultLines(work.path("stopped"))).toBe(resultLines(work.path("whole")));
});
