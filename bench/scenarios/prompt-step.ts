import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import { PromptObjective } from "../../src/training/prompt-objective.ts";
import { peakMemory } from "../peak-memory.ts";
import { createPromptTask, createStep, type PromptTaskSizes } from "../prompt-task.ts";
import { rateRows } from "../rate-rows.ts";
import type { Row } from "../row.ts";
import { loadStepChain, promptStepFlops } from "../step-flops.ts";
import { median, timeInTurns } from "../timing.ts";

/** What {@link measurePromptStep} measures. */
export interface PromptStepScenario extends PromptTaskSizes {
  readonly kind: "prompt-step";
  /** Folder of the checkpoint. */
  readonly checkpoint: string;
  readonly rounds: number;
  /** Start of the rows' names. */
  readonly name: string;
}

/**
 * Time of a step of a prompt method, its FLOP/s and their share of what bare matrix products of the same shapes reach in the same
 * minutes; and the most memory that the process took for the steps, products not included.
 */
export async function measurePromptStep(scenario: PromptStepScenario): Promise<Row[]> {
  const { name, rounds } = scenario;
  const runtime = createNodeRuntime();
  const task = await createPromptTask(scenario.checkpoint, scenario);
  const objective = new PromptObjective({ runtime, ...task });
  const step = createStep(task, objective);
  await step();
  await step();
  const memory = peakMemory();
  const chain = await loadStepChain(runtime, task);
  const times = await timeInTurns({ step, chain: chain.run }, rounds);
  await chain.release();
  await objective.release();
  const flops = { measured: promptStepFlops(task), chain: chain.flops };
  return [
    { name: `${name}/time`, value: median(times.step), unit: "ms" },
    ...rateRows(name, flops, { measured: times.step, chain: times.chain }),
    { name: `${name}/peak-memory`, value: memory, unit: "MB" },
  ];
}
