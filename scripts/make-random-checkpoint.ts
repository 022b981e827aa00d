// Writes a CLIP with random weights, to measure and test with. node scripts/make-random-checkpoint.ts --help lists the options.
import { Command, InvalidArgumentError, Option } from "commander";
import { type ClipShape, clipShapes } from "./random-checkpoint/clip-shapes.ts";
import type { LayoutName } from "./random-checkpoint/tensor-recipes.ts";
import { type StoredDtype, writeRandomCheckpoint } from "./random-checkpoint/write-random-checkpoint.ts";

interface Options {
  readonly shape: ClipShape;
  readonly layout: LayoutName;
  readonly dtype: StoredDtype;
  readonly seed: number;
  readonly tokenizer?: string;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(seed))
    throw new InvalidArgumentError("Expected an integer.");
  return seed;
}

await new Command("make-random-checkpoint")
  .description("Writes a CLIP with random weights into a folder, as model.safetensors.")
  .argument("<folder>", "is made if it is not there; files of the same names are replaced")
  .addOption(new Option("--shape <name>", "model").choices(Object.keys(clipShapes)).default("vit-b-16"))
  .addOption(
    new Option("--layout <name>", "names of the tensors")
      .choices(["hugging-face", "openai"])
      .default("openai"),
  )
  .addOption(
    new Option("--dtype <name>", "of the stored weights")
      .choices(["float32", "float16", "bfloat16"])
      .default("float32"),
  )
  .addOption(new Option("--seed <integer>", "of all weights").argParser(parseSeed).default(1))
  .option("--tokenizer <file>", "tokenizer.json to put beside the weights")
  .action(async (folder: string, { shape, ...options }: Options) => {
    const path = await writeRandomCheckpoint({ folder, config: clipShapes[shape], ...options });
    process.stdout.write(`${path}\n`);
  })
  .parseAsync();
