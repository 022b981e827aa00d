// Draws picture-world's benchmarks: npm run benchmarks -- <folder>.
import { Command } from "commander";
import { themes } from "../picture-world/benchmarks/themes.ts";
import { writeBenchmarks } from "../picture-world/benchmarks/write-benchmarks.ts";

await new Command("benchmarks")
  .description("Draws the eleven benchmarks of picture-world, or some of them; what is there already stays.")
  .argument("<folder>", "where to; one folder a benchmark")
  .option("--themes <list>", `of ${themes.map(({ name }) => name).join(", ")}`, (list) => list.split(","))
  .option("--no-domains", "without the pictures of other domains")
  .action(async (folder: string, options: { themes?: string[]; domains: boolean }) => {
    const wanted = themes.filter(({ name }) => options.themes?.includes(name) ?? true);
    await writeBenchmarks({
      folder,
      themes: wanted,
      domains: options.domains,
      onTheme: ({ name }, isNew) =>
        process.stderr.write(`${name}: ${isNew ? "drawn" : "was there already"}\n`),
    });
  })
  .parseAsync();
