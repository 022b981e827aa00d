import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import { PromptObjective } from "../../src/training/prompt-objective.ts";
import { createPromptTask, createStep, type PromptTaskSizes } from "../prompt-task.ts";
import type { Row } from "../row.ts";
import { medianRatio, repeat, timeInTurns } from "../timing.ts";

/** What {@link measureLinearity} measures; `classes` is the larger number of them. */
export interface LinearityScenario extends PromptTaskSizes {
  readonly kind: "linearity";
  readonly fewerClasses: number;
  /** Folder of the checkpoint. */
  readonly checkpoint: string;
  readonly rounds: number;
  readonly name: string;
}

/**
 * Time of a class in a step over many classes, in units of that in a step over fewer: 1 is linear. One large step and as many small
 * ones as have as many classes take turns.
 */
export async function measureLinearity(scenario: LinearityScenario): Promise<Row[]> {
  const { name, rounds, classes, fewerClasses, checkpoint } = scenario;
  const runtime = createNodeRuntime();
  const objectives: PromptObjective[] = [];
  const stepOf = async (count: number) => {
    const task = await createPromptTask(checkpoint, { ...scenario, classes: count });
    const objective = new PromptObjective({ runtime, ...task });
    objectives.push(objective);
    return createStep(task, objective);
  };
  const smallSteps = Math.round(classes / fewerClasses);
  const few = repeat(await stepOf(fewerClasses), smallSteps);
  const times = await timeInTurns({ many: await stepOf(classes), few }, rounds);
  for (const objective of objectives) await objective.release();
  const value = medianRatio(times.many, times.few) / (classes / (fewerClasses * smallSteps));
  return [{ name, value, unit: "ratio" }];
}
