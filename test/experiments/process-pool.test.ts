import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CellContext, createCellContext } from "../../src/experiments/cell-context.ts";
import { gridCells, type PlannedRow, planRows } from "../../src/experiments/plan-grid.ts";
import { createProcessPool } from "../../src/experiments/process-pool.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writeBenchmark } from "../support/experiments/write-benchmark.ts";

let work: Workspace;
let context: CellContext;
let row: PlannedRow;

beforeAll(async () => {
  work = await createWorkspace();
  await writeBenchmark(work.path("data"), { train: 4, test: 4 });
  context = createCellContext({
    data: work.path("data"),
    checkpoints: work.path("checkpoints"),
    threads: 1,
  });
  const cells = gridCells({
    ...{ datasets: ["picture-world/drinks-and-tableware"], shots: [4], seeds: [1], task: "accuracy" },
    ...{ methods: ["lamm"], models: [work.model], settings: { lamm: { epochs: 240 } } },
  });
  row = (await planRows(cells, context))[0] as PlannedRow;
});

afterAll(() => work.remove());

/** Kills the processes that run cells for this one; there are none for a moment after that. */
function killCellProcesses(): void {
  const argv = ["-P", String(process.pid), "-f", "cell-process"];
  for (const pid of spawnSync("pgrep", argv, { encoding: "utf8" }).stdout.match(/\d+/g) ?? []) {
    process.kill(Number(pid), "SIGKILL");
  }
}

test("a cell whose process is killed goes on in another, with the same result", async () => {
  const notices: string[] = [];
  const pool = createProcessPool({
    ...{ places: context.places, processes: 1 },
    onNotice: (text) => void notices.push(text),
  });
  try {
    const shares: number[] = [];
    const killed = await pool.run(row, {
      onProgress(share) {
        if (shares.length === 5) killCellProcesses();
        shares.push(share);
      },
    });
    expect(notices).toEqual(["A process that ran a cell ended (SIGKILL); the cell goes on in another."]);
    // It did not begin anew.
    expect(shares.filter((share) => share === shares[0])).toHaveLength(1);
    const whole = await pool.run(row, {});
    expect(killed?.metrics).toEqual(whole?.metrics);
  } finally {
    await pool.close();
  }
});

test("a cell whose process is killed twice has failed", async () => {
  const pool = createProcessPool({ places: context.places, processes: 1 });
  try {
    const other = { ...row.cell, config: { ...row.cell.config, seed: 2 } };
    const run = pool.run(
      { ...row, cell: other, key: await context.key(other) },
      { onProgress: killCellProcesses },
    );
    await expect(run).rejects.toThrow(
      "a process that ran the cell: expected it to finish, got that it ended twice (SIGKILL). Where memory ran out, run fewer cells at a time with --jobs.",
    );
  } finally {
    await pool.close();
  }
});

test("a cell that is stopped gives nothing, and goes on where it was", async () => {
  const pool = createProcessPool({ places: context.places, processes: 1 });
  try {
    const other = { ...row.cell, config: { ...row.cell.config, seed: 3 } };
    const stopped = { ...row, cell: other, key: await context.key(other) };
    const abort = new AbortController();
    const onProgress = (share: number) => void (share > 0.1 && abort.abort());
    expect(await pool.run(stopped, { signal: abort.signal, onProgress })).toBeUndefined();
    const shares: number[] = [];
    const result = await pool.run(stopped, { onProgress: (share) => void shares.push(share) });
    expect(shares[0]).toBeGreaterThan(0.1);
    expect(result?.metrics.accuracy).toBeGreaterThanOrEqual(0);
  } finally {
    await pool.close();
  }
});

test("a cell that was planned elsewhere with other data, weights or software is refused", async () => {
  const pool = createProcessPool({ places: context.places, processes: 1 });
  try {
    await expect(pool.run({ ...row, key: "0".repeat(64) }, {})).rejects.toThrow(
      /expected the data, weights and software that it was planned with, got others \(/,
    );
  } finally {
    await pool.close();
  }
});
