// Measures a model on the benchmarks: node scripts/measure-benchmarks.ts <benchmarks> --model <folder> --out <file.json>.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { openModel } from "../src/tasks/open-model.ts";
import { writeFileAtomically } from "../src/tensor/node/atomic-file.ts";
import { type Cell, measureTheme } from "./benchmark-results/measure-theme.ts";
import { addResults } from "./benchmark-results/model-card.ts";
import { summarize } from "./benchmark-results/summarize.ts";

const list = (value: string) => value.split(",").filter((item) => item !== "");
const numbers = (value: string) => list(value).map(Number);

await new Command("measure-benchmarks")
  .description("Zero-shot and LAMM on the benchmarks of picture-world, as a table and as JSON.")
  .argument("<folder>", "written by npm run benchmarks")
  .option("--model <folder>", "CLIP to measure", "models/picture-world")
  .option("--out <file>", "also write every cell there, as JSON")
  .option("--card <file>", "model card to which data and results are added")
  .option("--shots <list>", "numbers of shots", numbers, [1, 2, 4, 8, 16])
  .option("--seeds <list>", "seeds of the draws", numbers, [1, 2, 3])
  .option("--labels <list>", "label sets that are off on purpose", list, ["nicknames", "codes", "german"])
  .option("--domains <list>", "domains besides the test pictures", list, ["v2", "sketch", "silhouette"])
  .option("--themes <list>", "themes; all if not given", list)
  .action(async (folder: string, options) => {
    const model = await openModel({ model: options.model });
    const themes: string[] = options.themes ?? listThemes(folder);
    const measured = { ...options, labelSets: options.labels };
    const cells: Cell[] = [];
    for (const theme of themes) {
      cells.push(...(await measureTheme(model, folder, theme, measured)));
      process.stderr.write(`measured ${theme}\n`);
      if (options.out !== undefined)
        writeFileAtomically(options.out, `${JSON.stringify(cells, undefined, 1)}\n`);
    }
    const tables = summarize(cells);
    process.stdout.write(tables);
    if (options.card !== undefined)
      writeFileAtomically(options.card, addResults(readFileSync(options.card, "utf8"), tables));
  })
  .parseAsync();

function listThemes(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .filter((name) => existsSync(join(folder, name, "images")));
}
