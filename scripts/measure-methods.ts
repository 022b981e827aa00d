// Measures methods on the benchmarks of picture-world: node scripts/measure-methods.ts <benchmarks> --out <cells.json>.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { openModel } from "../src/tasks/open-model.ts";
import { writeFileAtomically } from "../src/tensor/node/atomic-file.ts";
import { type MethodCell, measureCell } from "./method-results/measure-cell.ts";
import { formatMethodTable } from "./method-results/method-table.ts";

const list = (value: string) => value.split(",").filter((item) => item !== "");
const numbers = (value: string) => list(value).map(Number);

/**
 * What methods are trained with instead of their defaults: CoOp with the epochs that LAMM's authors gave it, CoCoOp in 3 epochs
 * of 8 pictures a step at an eightfold rate instead of 10 of one by one, which takes a tenth of the time.
 */
const SETTINGS: Readonly<Record<string, Record<string, unknown>>> = {
  coop: { epochs: 50 },
  cocoop: { epochs: 3, batchSize: 8, learningRate: 0.016 },
  "cocoop+lamm": { epochs: 3, batchSize: 8, learningRate: 0.016 },
};

await new Command("measure-methods")
  .description(
    "Test accuracy of methods on the benchmarks of picture-world. A stopped run goes on where it was.",
  )
  .argument("<folder>", "written by npm run benchmarks")
  .requiredOption("--methods <list>", "names, such as zero-shot,lamm,gda@lamm", list)
  .requiredOption("--out <file>", "cells as JSON; those that it has already are not measured again")
  .option("--model <folder>", "CLIP to measure", "models/picture-world")
  .option("--shots <n>", "pictures of each class", Number, 16)
  .option("--seeds <list>", "seeds of the draws", numbers, [1, 2, 3])
  .option("--themes <list>", "themes; all if not given", list)
  .option("--threads <n>", "threads of the engine", Number)
  .option("--cache <file>", "file of features; none if not given")
  .action(async (folder: string, options) => {
    const { threads } = options;
    const model = await openModel({ model: options.model, ...(threads && { threads }) });
    const cells: MethodCell[] = existsSync(options.out) ? JSON.parse(readFileSync(options.out, "utf8")) : [];
    const themes: string[] = options.themes ?? listThemes(folder);
    for (const method of options.methods as string[]) {
      for (const theme of themes) {
        for (const seed of options.seeds as number[]) {
          const key = { theme, method, shots: options.shots as number, seed };
          if (
            cells.some((cell) =>
              Object.entries(key).every(([name, value]) => cell[name as keyof MethodCell] === value),
            )
          )
            continue;
          const { [method]: config = {} } = SETTINGS;
          cells.push(
            await measureCell(model, join(folder, theme, "images"), {
              key,
              config,
              cache: options.cache ?? false,
            }),
          );
          writeFileAtomically(options.out, `${JSON.stringify(cells, undefined, 1)}\n`);
          process.stderr.write(
            `${method} ${theme} ${seed}: ${cells.at(-1)?.accuracy.toFixed(3)}, ${cells.at(-1)?.seconds.toFixed(1)} s\n`,
          );
        }
      }
    }
    process.stdout.write(formatMethodTable(cells));
  })
  .parseAsync();

function listThemes(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .filter((name) => existsSync(join(folder, name, "images")));
}
