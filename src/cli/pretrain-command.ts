import { join } from "node:path";
import type { Command } from "commander";
import { type PretrainResult, pretrain } from "../tasks/pretrain.ts";
import { checkWritable } from "../tensor/node/check-writable.ts";
import type { CommandContext } from "./command-context.ts";
import { abortOnInterrupt, commandLine, tellHowToGoOn } from "./interruption.ts";
import { wholeNumber } from "./options.ts";
import { createProgress } from "./progress.ts";
import { quote } from "./quote.ts";

interface PretrainFlags {
  readonly out: string;
  readonly threads?: number;
  readonly json?: boolean;
}

/** Adds `lamm pretrain`. */
export function addPretrainCommand(program: Command, context: CommandContext): void {
  program
    .command("pretrain")
    .description("train a CLIP of your own from pictures and captions")
    .argument("<config>", "JSON file: source, model, steps and the rest")
    .requiredOption("--out <folder>", "folder for the model, in Hugging Face layout")
    .option("--threads <n>", "threads of the engine (default: all cores)", wholeNumber(1))
    .option("--json", "print the result as JSON")
    .action(async (config: string, flags: PretrainFlags) => {
      context.setExitCode(await runPretrain(config, flags, context));
    });
}

async function runPretrain(
  config: string,
  { out, threads, json }: PretrainFlags,
  context: CommandContext,
): Promise<number> {
  const { io, argv } = context;
  checkWritable(join(out, "config.json"));
  const progress = createProgress(io, "pretrain");
  const meter = createRateMeter();
  const abort = new AbortController();
  const warn = (message: string) => {
    progress.finish();
    io.stderr(`lamm: ${message}\n`);
  };
  const stopListening = abortOnInterrupt(context, abort, { until: "the next checkpoint", warn });
  try {
    const result = await pretrain(config, {
      out,
      command: commandLine(argv),
      ...(threads !== undefined && { threads }),
      onStep: ({ step, steps, loss, accuracy, pictures }) => {
        const found = `${(100 * accuracy).toFixed(0)} % found`;
        const rate = `${meter(pictures).toFixed(0)} pictures/s`;
        progress.update(step, steps, `loss ${loss.toFixed(3)}, ${found}, ${rate}`);
      },
      onNotice: warn,
      signal: abort.signal,
    });
    progress.finish();
    if (result === undefined) return tellHowToGoOn(context, argv);
    io.stdout(json ? `${JSON.stringify(asJson(result), null, 2)}\n` : formatResult(result));
    return 0;
  } finally {
    progress.finish();
    stopListening();
  }
}

/** Pictures a second since the first call. */
function createRateMeter(): (pictures: number) => number {
  let started: number | undefined;
  let total = 0;
  return (pictures) => {
    const now = performance.now();
    if (started === undefined) {
      // The first step loads the graph: it would tell nothing of the rest.
      started = now;
      return 0;
    }
    total += pictures;
    return (1000 * total) / (now - started);
  };
}

function asJson({ out, config, curve }: PretrainResult) {
  return { model: out, config, curve };
}

function formatResult({ out, config, curve }: PretrainResult): string {
  const last = curve.at(-1);
  const found = `${(100 * (last?.accuracy ?? 0)).toFixed(1)} %`;
  return [
    `Trained "${config.name}" in ${config.steps} steps of ${config.batchSize} pictures: loss ${last?.loss.toFixed(3)}, `,
    `${found} of a batch's pictures find their caption.\n`,
    `\nTry it:\n  lamm zero-shot <folder> --model ${quote(out)}\n  lamm train <folder> --model ${quote(out)}\n`,
  ].join("");
}
