import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { DownloadProgress } from "../../src/clip/node/hub-download.ts";
import { type CellContext, createCellContext } from "../../src/experiments/cell-context.ts";
import { gridCells, type PlannedRow, planRows } from "../../src/experiments/plan-grid.ts";
import { createProcessPool } from "../../src/experiments/process-pool.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writeBenchmark } from "../support/experiments/write-benchmark.ts";
import { startHub } from "../support/hub-server.ts";

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

/** Kills the processes that run cells for this one; there are none for a moment after that. Gives their number. */
function killCellProcesses(): number {
  const argv = ["-P", String(process.pid), "-f", "cell-process"];
  const pids = spawnSync("pgrep", argv, { encoding: "utf8" }).stdout.match(/\d+/g) ?? [];
  for (const pid of pids) process.kill(Number(pid), "SIGKILL");
  return pids.length;
}

/** The cell of another seed, with few epochs. */
async function shortRow(seed: number): Promise<PlannedRow> {
  const cell = { ...row.cell, config: { ...row.cell.config, epochs: 2, seed } };
  return { ...row, cell, key: await context.key(cell) };
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
      { onProgress: () => void killCellProcesses() },
    );
    await expect(run).rejects.toThrow(
      "a process that ran the cell: expected it to finish, got that it ended twice (SIGKILL). Where memory ran out, run fewer cells at a time with --jobs.",
    );
  } finally {
    await pool.close();
  }
});

test.for([
  ["in this moment", async () => {}],
  ["a while ago", untilNoneIsLeft],
] as const)("processes that died %s while they waited cost a cell nothing", async ([, wait]) => {
  const notices: string[] = [];
  const pool = createProcessPool({
    ...{ places: context.places, processes: 2 },
    onNotice: (text) => void notices.push(text),
  });
  try {
    await Promise.all([4, 5].map(async (seed) => pool.run(await shortRow(seed), {})));
    const next = await shortRow(6);
    expect(killCellProcesses()).toBe(2);
    await wait();
    expect((await pool.run(next, {}))?.metrics.accuracy).toBeGreaterThanOrEqual(0);
    expect(notices).toEqual([]);
  } finally {
    await pool.close();
  }
});

/** Waits until this process knows that those which ran cells for it have ended. */
async function untilNoneIsLeft(): Promise<void> {
  while (process.getActiveResourcesInfo().includes("ProcessWrap")) await setTimeout(5);
}

test("a cell that is stopped gives nothing, goes on where it was, and counts the seconds of both times", async () => {
  const pool = createProcessPool({ places: context.places, processes: 1 });
  try {
    const other = { ...row.cell, config: { ...row.cell.config, seed: 3 } };
    const stopped = { ...row, cell: other, key: await context.key(other) };
    const abort = new AbortController();
    const onProgress = (share: number) => void (share > 0.1 && abort.abort());
    expect(await pool.run(stopped, { signal: abort.signal, onProgress })).toBeUndefined();
    const note = work.path("checkpoints", `${stopped.key}-seconds.checkpoint`);
    const { seconds } = JSON.parse(readFileSync(note, "utf8")) as { readonly seconds: number };
    const shares: number[] = [];
    const result = await pool.run(stopped, { onProgress: (share) => void shares.push(share) });
    expect(shares[0]).toBeGreaterThan(0.1);
    expect(result?.metrics.accuracy).toBeGreaterThanOrEqual(0);
    // Of both sittings.
    expect(result?.seconds).toBeGreaterThan(seconds);
    expect(readdirSync(work.path("checkpoints")).filter((name) => name.includes(stopped.key))).toEqual([]);
  } finally {
    await pool.close();
  }
});

test("a process tells of its download", async () => {
  const files = readdirSync(work.model).map((name) => [name, readFileSync(work.path("clip", name))]);
  const hub = await startHub({ "maker/tiny-clip": { files: Object.fromEntries(files) } });
  for (const [name, value] of [
    ["HF_ENDPOINT", hub.endpoint],
    ["HF_HUB_CACHE", work.path("hub")],
    ["HF_TOKEN", ""],
    ["HF_HUB_OFFLINE", ""],
  ] as const) {
    vi.stubEnv(name, value);
  }
  const told: DownloadProgress[] = [];
  const pool = createProcessPool({
    ...{ places: context.places, processes: 1 },
    onDownload: (progress) => void told.push(progress),
  });
  try {
    const cell = { ...(await shortRow(7)).cell, model: "maker/tiny-clip" };
    // A key that is not its own: to find that one the model would have to be here.
    await expect(pool.run({ ...row, cell, key: "0".repeat(64) }, {})).rejects.toThrow(
      /that it was planned with/,
    );
    const ofWeights = told.filter(({ file }) => file === "model.safetensors");
    expect(ofWeights[0]?.loadedBytes).toBe(0);
    expect(ofWeights.at(-1)?.loadedBytes).toBe(ofWeights[0]?.totalBytes);
  } finally {
    await pool.close();
    vi.unstubAllEnvs();
    await hub.close();
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
