// Measures methods on cached features: node scripts/measure-feature-methods.ts <file.safetensors> --shots 1,16.
import { Command } from "commander";
import { readCheckpointTensors } from "../src/clip/node/read-checkpoint-tensors.ts";
import { methods as allMethods } from "../src/methods/methods.ts";
import { formatTable } from "./feature-results/format-table.ts";
import { measureMethod, type Run } from "./feature-results/measure-method.ts";
import { readFeatureFile } from "./feature-results/read-feature-file.ts";

const list = (value: string) => value.split(",").filter((item) => item !== "");
const numbers = (value: string) => list(value).map(Number);
const featureMethods = allMethods.filter((method) => method.kind === "features");
const known = featureMethods.map(({ name }) => name);

await new Command("measure-feature-methods")
  .description("Accuracy and seconds of methods on cached features, as a Markdown table.")
  .argument(
    "<file>",
    "safetensors with train<K>.features, train<K>.labels, test.features, test.labels, perhaps text.features",
  )
  .option("--shots <list>", "numbers of shots", numbers, [1, 2, 4, 8, 16])
  .option("--seeds <list>", "seeds of the methods' random choices", numbers, [1])
  .option("--methods <list>", `of ${known.join(", ")}; all if not given`, list, known)
  .option("--on <split>", "pictures to judge by", "test")
  .option("--logit-scale <s>", "exp(logit_scale) of the model", Number, 100)
  .action(async (file: string, options) => {
    const tensors = readCheckpointTensors(file);
    const methods = featureMethods.filter(({ name }) => options.methods.includes(name));
    const runs: Run[] = [];
    for (const shots of options.shots as number[]) {
      const data = readFeatureFile(tensors, { shots, split: options.on });
      for (const method of methods) {
        if (method.needsText === true && data.textFeatures === undefined) continue;
        for (const seed of options.seeds as number[]) {
          const run = await measureMethod(method, data, { shots, seed, logitScale: options.logitScale });
          runs.push(run);
          process.stderr.write(`${JSON.stringify(run)}\n`);
        }
      }
    }
    process.stdout.write(formatTable(runs));
  })
  .parseAsync();
