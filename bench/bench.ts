// Measures this machine: npm run bench -- [--quick] [--out FILE].
import { Command } from "commander";
import { writeFileAtomically } from "../src/tensor/node/atomic-file.ts";
import { judgeRows } from "./bars.ts";
import { formatRows, type Row } from "./row.ts";
import { runBench } from "./run-bench.ts";
import { fullBench, quickBench } from "./settings.ts";

await new Command("bench")
  .description("Measures LAMM's steps and the image towers on this machine, with random weights.")
  .option("--quick", "up to 100 classes and few rounds: a first impression in a minute or two")
  .option("--out <file>", "also write the rows there, as a JSON list of { name, value, unit }")
  .action(async ({ quick, out }: { quick?: boolean; out?: string }) => {
    const progress = ({ name }: Row) => process.stderr.write(`measured ${name}\n`);
    const rows = await runBench(quick ? quickBench : fullBench, progress);
    process.stdout.write(`${[...formatRows(rows), "", ...judgeRows(rows)].join("\n")}\n`);
    if (out !== undefined) writeFileAtomically(out, `${JSON.stringify(rows, undefined, 2)}\n`);
  })
  .parseAsync();
