import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import { PromptObjective } from "../../src/training/prompt-objective.ts";
import { stepFlops } from "../flops.ts";
import { loadGemmChain } from "../gemm-chain.ts";
import { createLammTask, createStep, type LammTaskSizes } from "../lamm-task.ts";
import { peakMemory } from "../peak-memory.ts";
import { rateRows } from "../rate-rows.ts";
import type { Row } from "../row.ts";
import { median, timeInTurns } from "../timing.ts";

/** What {@link measureLammStep} measures. */
export interface LammStepScenario extends LammTaskSizes {
  readonly kind: "lamm-step";
  /** Folder of the checkpoint. */
  readonly checkpoint: string;
  readonly rounds: number;
  /** Start of the rows' names. */
  readonly name: string;
}

/**
 * Time of a LAMM step, its FLOP/s and their share of what bare matrix products of the same shapes reach in the same minutes; and the
 * most memory that the process took for the steps, products not included.
 */
export async function measureLammStep(scenario: LammStepScenario): Promise<Row[]> {
  const { name, rounds } = scenario;
  const runtime = createNodeRuntime();
  const task = await createLammTask(scenario.checkpoint, scenario);
  const objective = new PromptObjective({ runtime, ...task });
  const step = createStep(task, objective);
  await step();
  await step();
  const memory = peakMemory();
  const { width, layers } = task.tower.config;
  const { blocks } = task.tower.weights;
  const rows = task.prompts.suffixIds.reduce((sum, suffix) => sum + suffix.length, 0);
  const chain = await loadGemmChain(runtime, { width, layers, blocks }, rows);
  const times = await timeInTurns({ step, chain: chain.run }, rounds);
  await chain.release();
  await objective.release();
  const flops = stepFlops({ width, layers }, { rows, asked: scenario.classes });
  return [
    { name: `${name}/time`, value: median(times.step), unit: "ms" },
    ...rateRows(name, { measured: flops, chain: chain.flops }, { measured: times.step, chain: times.chain }),
    { name: `${name}/peak-memory`, value: memory, unit: "MB" },
  ];
}
