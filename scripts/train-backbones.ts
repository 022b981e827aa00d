// Pre-trains the small CLIPs that `lamm experiment ablation-backbone` compares: npm run backbones -- <data folder>.
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { Command } from "commander";
import { createProcessIo } from "../src/cli/io.ts";
import { run } from "../src/cli/run.ts";

const CONFIGS = join(import.meta.dirname, "..", "picture-world", "backbones");

await new Command("backbones")
  .description(
    "Pre-trains three small CLIPs with other patches and widths than the embedded one. Those that are there stay, and a stopped run goes on.",
  )
  .argument("<data>", "folder of the benchmarks; the models go into its folder backbones")
  .action(async (data: string) => {
    for (const file of readdirSync(CONFIGS).sort()) {
      const out = join(data, "backbones", basename(file, ".json"));
      // Written last.
      if (existsSync(join(out, "model.safetensors"))) continue;
      process.exitCode = await run(["pretrain", join(CONFIGS, file), "--out", out], createProcessIo());
      if (process.exitCode !== 0) return;
    }
  })
  .parseAsync();
