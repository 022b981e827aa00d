import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { EMBEDDED_MODEL, MODELS_FOLDER } from "../clip/node/embedded-model.ts";
import { readImageFolder } from "../data/image-folder.ts";
import type { DemoResult } from "../demo/demo-result.ts";
import { formatDemo } from "../demo/format-demo.ts";
import { demoPage } from "../demo/page/demo-page.ts";
import { runDemo } from "../demo/run-demo.ts";
import { ConfigError } from "../errors.ts";
import { writeFileAtomically } from "../tensor/node/atomic-file.ts";
import { checkWritable } from "../tensor/node/check-writable.ts";
import type { CommandContext } from "./command-context.ts";
import { addCommonOptions, type CommonFlags } from "./options.ts";
import { quote } from "./quote.ts";
import { openSession } from "./session.ts";

interface DemoFlags extends CommonFlags {
  readonly out: string;
}

/** Pictures that come with the package, made when it is packed. */
const DEMO_PICTURES = join(MODELS_FOLDER, "..", "demo", "animals", "images");

/** Adds `lamm demo`. */
export function addDemoCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("demo")
    .description("see what LAMM does, on pictures that come along or on your own")
    .argument(
      "[folder]",
      "train and test pictures, a sub-folder a class in each (default: those that come along)",
    )
    .option("--out <file>", "page to write", "lamm-demo.html");
  addCommonOptions(command, `CLIP to use: a folder, a file, or a hub id (default: ${EMBEDDED_MODEL})`).action(
    async (folder: string | undefined, flags: DemoFlags) => {
      context.setExitCode(await runDemoCommand(folder, flags, context));
    },
  );
}

async function runDemoCommand(
  folder: string | undefined,
  flags: DemoFlags,
  context: CommandContext,
): Promise<number> {
  const pictures = folder ?? ownPictures();
  readImageFolder(pictures);
  checkWritable(flags.out);
  const { io } = context;
  const session = openSession(context, { ...flags, model: flags.model ?? EMBEDDED_MODEL });
  try {
    const model = await session.openModel();
    const result = await runDemo(model, pictures, {
      ...session.encodeOptions,
      onRun: (done, total) => session.training.update(done, total),
    });
    session.training.finish("done");
    session.close();
    if (result === undefined) return session.stopped();
    writeFileAtomically(flags.out, demoPage(result, nextSteps(flags.model)));
    io.stdout(flags.json ? `${JSON.stringify(asJson(result), null, 2)}\n` : formatResult(result, flags));
    return 0;
  } finally {
    session.close();
  }
}

function ownPictures(): string {
  if (existsSync(DEMO_PICTURES)) return DEMO_PICTURES;
  throw new ConfigError({
    where: "demo",
    expected: "a folder, or the pictures that come with the package",
    got: "neither",
    fix: "In a clone of the project run npm run demo, which draws them.",
  });
}

function nextSteps(model: string | undefined): string[] {
  const given = model === undefined ? "" : ` --model ${quote(model)}`;
  return [
    `lamm train my-pictures${given}`,
    "lamm predict my-pictures.safetensors another-picture.jpg",
    "lamm evaluate my-pictures.safetensors my-pictures",
  ];
}

/** Everything but the pictures and the map, which are for the page. */
function asJson({ examples, map: _, ...rest }: DemoResult) {
  return { ...rest, examples: examples.map(({ thumbnail: _, ...example }) => example) };
}

function formatResult(result: DemoResult, { out, model }: DemoFlags): string {
  const steps = nextSteps(model).map((step) => `  ${step}\n`);
  return [
    formatDemo(result),
    `\nWrote ${out}: open it in a browser for the curves, the pictures and the map.\n`,
    "\nNow with your own pictures, a folder a class:\n",
    ...steps,
  ].join("");
}
