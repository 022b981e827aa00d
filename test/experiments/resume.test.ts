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

let work: Workspace;
let argv: readonly string[];
/** What a run that nothing stops ends with, and how long it takes in a process, in milliseconds. */
let whole: { readonly results: string; readonly milliseconds: number };

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
      "1,3",
      "--seeds",
      "1",
    ],
    ...["--methods", "zero-shot,lamm,coop", "--set", "epochs=40"],
  ];
  const started = performance.now();
  expect((await startProcess([...argv, "--out", work.path("whole")]).ended).exitCode).toBe(0);
  whole = { results: resultLines(work.path("whole")), milliseconds: performance.now() - started };
}, 120_000);

afterAll(() => work.remove());

test(`a grid that is killed at ${KILLS} random moments ends with the same results`, {
  timeout: 600_000,
}, async () => {
  const random = createRandom(11);
  let [kills, round] = [0, 0];
  while (kills < KILLS) {
    const out = work.path(`killed-${round}`);
    const process = startProcess([...argv, "--out", out]);
    // Now before the first cell, now behind several: a start takes a part of the time of a whole run.
    await Promise.race([setTimeout(0.7 * whole.milliseconds * random.random()), process.ended]);
    process.kill("SIGKILL");
    const { signal, exitCode } = await process.ended;
    if (signal === "SIGKILL") {
      kills++;
      continue;
    }
    expect(exitCode).toBe(0);
    expect(resultLines(out)).toBe(whole.results);
    round++;
  }
  const out = work.path(`killed-${round}`);
  const last = await runRecorded([...argv, "--out", out]);
  expect(last.exitCode).toBe(0);
  expect(resultLines(out)).toBe(whole.results);
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
  expect(again.stdout).toMatch(/were there before/);
  expect(resultLines(work.path("stopped"))).toBe(whole.results);
});
