// Measures how much faster workers finish a grid of small cells: node scripts/measure-queue.ts redis://localhost:6379.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { formatRows, type Row } from "../bench/row.ts";
import { median, medianRatio } from "../bench/timing.ts";
import { themesNamed } from "../picture-world/benchmarks/themes.ts";
import { writeBenchmarks } from "../picture-world/benchmarks/write-benchmarks.ts";
import { wholeNumber } from "../src/cli/options.ts";
import { run } from "../src/cli/run.ts";
import { readResultTable } from "../src/experiments/result-store.ts";

const MAIN = join(import.meta.dirname, "..", "src", "cli", "main.ts");
/** Workers whose times are compared. */
const FEW = 1;
const MANY = 2;
/** Seeds of the cells that are timed, and of cells before, in which processes start and pictures are encoded. */
const SEEDS = "1,2,3,4,5,6";

interface Flags {
  readonly rounds: number;
  readonly epochs: number;
}

interface Measurement extends Flags {
  readonly redis: string;
  readonly folder: string;
}

await new Command("measure-queue")
  .description(`Times a grid of small cells with ${FEW} and with ${MANY} workers of one thread, in turns.`)
  .argument("<redis>", "address of a Redis")
  .option("--rounds <n>", "times that each is timed", wholeNumber(1), 3)
  .option("--epochs <n>", "epochs of a cell, which make it longer", wholeNumber(1), 10)
  .action(async (redis: string, flags: Flags) => {
    const folder = mkdtempSync(join(tmpdir(), "lamm-queue-"));
    try {
      await writeBenchmarks({ folder, themes: themesNamed(["animals"]), domains: false, perClass: 3 });
      await measure({ ...flags, redis, folder });
    } finally {
      rmSync(folder, { recursive: true });
    }
  })
  .parseAsync();

async function measure(measurement: Measurement): Promise<void> {
  const [few, many]: [GridTime[], GridTime[]] = [[], []];
  for (let round = 0; round < measurement.rounds; round++) {
    few.push(await timeGrid(measurement, { round, workers: FEW }));
    many.push(await timeGrid(measurement, { round, workers: MANY }));
    process.stderr.write(`round ${round + 1}: ${few.at(-1)?.seconds} and ${many.at(-1)?.seconds} s\n`);
  }
  const rows = [...rowsOf(FEW, few), ...rowsOf(MANY, many)];
  const ratio = medianRatio(
    few.map(({ seconds }) => seconds),
    many.map(({ seconds }) => seconds),
  );
  rows.push({ name: `queue/workers-${MANY}/times-faster`, value: ratio, unit: "ratio" });
  process.stdout.write(`${formatRows(rows).join("\n")}\n`);
}

/** How long a grid took, and how much of that the workers spent in cells: what others do on the machine slows both. */
interface GridTime {
  readonly seconds: number;
  readonly shareInCells: number;
}

function rowsOf(workers: number, times: readonly GridTime[]): Row[] {
  const name = `queue/workers-${workers}`;
  return [
    { name: `${name}/time`, value: median(times.map(({ seconds }) => seconds)), unit: "s" },
    {
      name: `${name}/share-in-cells`,
      value: median(times.map(({ shareInCells }) => shareInCells)),
      unit: "ratio",
    },
  ];
}

/** Times an experiment from its start to its end, with workers that are there and have the pictures' features. */
async function timeGrid(
  { redis, folder, epochs }: Measurement,
  { round, workers }: { readonly round: number; readonly workers: number },
): Promise<GridTime> {
  const name = `measure-${process.pid}-${round}-${workers}`;
  const queue = ["--queue", redis, "--queue-name", name];
  const place = (file: string) => join(folder, `${name}-${file}`);
  const started = await Promise.all(
    Array.from({ length: workers }, (_, index) => {
      const own = ["--cache", place(`${index}.sqlite`), "--checkpoints", place(String(index))];
      return startWorker(["worker", ...queue, "--data", folder, "--jobs", "1", "--threads", "1", ...own]);
    }),
  );
  const grid = ["experiment", "few-shot", ...queue, "--data", folder, "--datasets", "picture-world/animals"];
  const size = ["--shots", "1,2", "--out", place("out"), "--set", `lamm.epochs=${epochs}`];
  try {
    await experiment([...grid, ...size, "--methods", "gda", "--seeds", SEEDS]);
    const begin = performance.now();
    await experiment([...grid, ...size, "--methods", "lamm", "--seeds", SEEDS]);
    const seconds = Math.round(performance.now() - begin) / 1000;
    const { rows } = readResultTable(place("out"));
    const inCells = rows.reduce((sum, row) => sum + (row.method === "lamm" ? (row.seconds ?? 0) : 0), 0);
    return { seconds, shareInCells: inCells / (workers * seconds) };
  } finally {
    for (const worker of started) worker.kill("SIGKILL");
  }
}

async function experiment(argv: readonly string[]): Promise<void> {
  let log = "";
  const write = (text: string) => {
    log += text;
  };
  const io = { stdout: write, stderr: write, isTerminal: false, columns: 80, onInterrupt: () => () => {} };
  if ((await run(argv, io)) !== 0) throw new Error(log);
}

/** Starts a worker and waits until it takes cells. */
async function startWorker(argv: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN, ...argv], {
    stdio: ["ignore", "ignore", "pipe"],
    // Linux shares the processors out by session: those of one session slow each other where others work too.
    detached: true,
  });
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("a worker ended")));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes("Takes cells")) resolve();
    });
  });
  child.removeAllListeners("exit");
  return child;
}
