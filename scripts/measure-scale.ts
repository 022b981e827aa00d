// Measures how steps, memory and files grow with classes and pictures: npm run scale -- --out <cells.json>.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { writeFileAtomically } from "../src/tensor/node/atomic-file.ts";
import { clipShapes } from "./random-checkpoint/clip-shapes.ts";
import { writeRandomCheckpoint } from "./random-checkpoint/write-random-checkpoint.ts";
import { hasCell, type ScaleCell } from "./scale/cell.ts";
import { keyOf, runScenario } from "./scale/run-scenario.ts";
import { fullPlan, listScenarios } from "./scale/scale-plan.ts";
import { formatScaleTables } from "./scale/scale-table.ts";

const list = (value: string) => value.split(",").filter((item) => item !== "");
const numbers = (value: string) => list(value).map(Number);

await new Command("measure-scale")
  .description(
    "Steps, memory and files at 100 to 21,000 classes, with random weights and features, as tables.",
  )
  .option("--out <file>", "cells as JSON; those that it has already are not measured again", "scale.json")
  .option("--classes <list>", "numbers of classes", numbers, [...fullPlan.classCounts])
  .option("--whole <n>", "most classes of steps over the whole support set", Number, fullPlan.maxWholeClasses)
  .option("--full <n>", "most classes whose loss is on all pictures", Number, fullPlan.maxFullClasses)
  .option("--names <list>", "tokens of class names, dealt to the classes in turn", numbers, [
    ...fullPlan.nameLengths,
  ])
  .option("--kinds <list>", "step, whole step, evaluation, cache, shots; all if not given", list)
  .action(async ({ out, classes, whole, full, names, kinds }) => {
    const most = { maxWholeClasses: whole, maxFullClasses: full };
    const plan = { ...fullPlan, ...most, classCounts: classes, nameLengths: names };
    const cells: ScaleCell[] = existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : [];
    const folder = mkdtempSync(join(tmpdir(), "lamm-scale-"));
    try {
      const { [plan.shape]: shape, "tiny-vit": tiny } = clipShapes;
      // The image tower is not used; the vocabulary is CLIP's own.
      const config = { ...shape, image: tiny.image };
      await writeRandomCheckpoint({ folder, config, layout: "hugging-face", dtype: "float32", seed: 1 });
      for (const scenario of listScenarios(plan, folder)) {
        const key = keyOf(scenario);
        if (hasCell(cells, key) || (kinds && !kinds.includes(scenario.kind))) continue;
        cells.push({ ...key, numbers: await runScenario(scenario) });
        writeFileAtomically(out, `${JSON.stringify(cells, undefined, 1)}\n`);
        process.stderr.write(`measured ${key.kind}, ${key.size}\n`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    process.stdout.write(formatScaleTables(cells));
  })
  .parseAsync();
