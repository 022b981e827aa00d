// Draws picture-world's benchmarks: npm run benchmarks -- <folder>.
import { Command } from "commander";
import { themes, themesNamed } from "../picture-world/benchmarks/themes.ts";
import { writeBenchmarks } from "../picture-world/benchmarks/write-benchmarks.ts";
import { LammError } from "../src/errors.ts";

interface Options {
  readonly themes?: string[];
  readonly domains: boolean;
  readonly perClass?: number;
}

await new Command("benchmarks")
  .description("Draws the eleven benchmarks of picture-world, or some of them; what is there already stays.")
  .argument("<folder>", "where to; one folder a benchmark")
  .option("--themes <list>", `of ${themes.map(({ name }) => name).join(", ")}`, (list) => list.split(","))
  .option("--no-domains", "without the pictures of other domains")
  .option("--per-class <n>", "at most so many pictures of a class in each pool", Number)
  .action(async (folder: string, { themes: names, domains, perClass }: Options) => {
    try {
      await writeBenchmarks({
        folder,
        ...(names === undefined ? {} : { themes: themesNamed(names) }),
        domains,
        ...(perClass === undefined ? {} : { perClass }),
        onTheme: ({ name }, isNew) =>
          process.stderr.write(`${name}: ${isNew ? "drawn" : "was there already"}\n`),
      });
    } catch (error) {
      if (!(error instanceof LammError)) throw error;
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    }
  })
  .parseAsync();
