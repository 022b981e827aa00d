import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import { PromptObjective } from "../../src/training/prompt-objective.ts";
import { peakMemory } from "../peak-memory.ts";
import { createPlainObjective } from "../plain-objective.ts";
import { createPromptTask, createStep, type PromptTask, type PromptTaskSizes } from "../prompt-task.ts";
import type { Row } from "../row.ts";
import { median, medianRatio, repeat, timeInTurns } from "../timing.ts";

/** What {@link measurePlainStep} measures. */
export interface PlainStepScenario extends PromptTaskSizes {
  readonly kind: "plain-step";
  /** Folder of the checkpoint. */
  readonly checkpoint: string;
  readonly rounds: number;
  /** Start of the rows' names. */
  readonly name: string;
}

/** Most steps of ours that are timed beside one of the plain tower. */
const MOST_STEPS = 10;

/**
 * Time of the same step through the plain text tower, and how many times slower it is than ours in the same process: the step
 * alone and, where its loss holds on to the original prompts, with these encoded again, as LAMM's published code does at every step.
 */
export async function measurePlainStep(scenario: PlainStepScenario): Promise<Row[]> {
  const { name, rounds } = scenario;
  const runtime = createNodeRuntime();
  const task = await createPromptTask(scenario.checkpoint, scenario);
  const objective = new PromptObjective({ runtime, ...task });
  const plain = await createPlainObjective(runtime, task);
  const [ourStep, plainStep] = [createStep(task, objective), createStep(task, plain)];
  const ourSteps = await stepsBeside(ourStep, plainStep);
  const times = await timeInTurns(
    {
      ours: repeat(ourStep, ourSteps),
      plain: plainStep,
      original: holdsOn(task) ? plain.encodeOriginal : async () => {},
    },
    rounds,
  );
  const memory = peakMemory();
  await plain.release();
  await objective.release();
  const ours = times.ours.map((time) => time / ourSteps);
  const rows = [
    { name: `${name}/time`, value: median(times.plain), unit: "ms" },
    { name: `${name}/times-slower`, value: medianRatio(times.plain, ours), unit: "ratio" },
  ];
  const peak = { name: `${name}/peak-memory`, value: memory, unit: "MB" };
  if (!holdsOn(task)) return [...rows, peak];
  const asPublished = times.plain.map((time, round) => time + (times.original[round] ?? Number.NaN));
  return [
    ...rows,
    { name: `${name}/time-with-original-prompts`, value: median(asPublished), unit: "ms" },
    {
      name: `${name}/times-slower-with-original-prompts`,
      value: medianRatio(asPublished, ours),
      unit: "ratio",
    },
    peak,
  ];
}

/** Whether the loss compares with the original prompts. */
function holdsOn({ lossWeights: { features, logits } }: PromptTask): boolean {
  return features !== 0 || logits !== 0;
}

/** Steps of ours that take about half as long as one of the plain tower, so that both meet the same machine. */
async function stepsBeside(ours: () => Promise<void>, plain: () => Promise<void>): Promise<number> {
  const { ours: own, plain: other } = await timeInTurns({ ours, plain }, 1);
  return Math.max(1, Math.min(MOST_STEPS, Math.round(median(other) / median(own) / 2)));
}
