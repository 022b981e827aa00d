import type { Row } from "./row.ts";
import { type ImageTowerScenario, measureImageTower } from "./scenarios/image-tower.ts";
import { type LinearityScenario, measureLinearity } from "./scenarios/linearity.ts";
import { measurePlainStep, type PlainStepScenario } from "./scenarios/plain-step.ts";
import { measurePretrainStep, type PretrainStepScenario } from "./scenarios/pretrain-step.ts";
import { measurePromptStep, type PromptStepScenario } from "./scenarios/prompt-step.ts";
import { type WriteCheckpointScenario, writeCheckpoint } from "./scenarios/write-checkpoint.ts";

/** One thing to do in a process of its own, as plain data. */
export type Scenario =
  | WriteCheckpointScenario
  | PromptStepScenario
  | PlainStepScenario
  | LinearityScenario
  | ImageTowerScenario
  | PretrainStepScenario;

/** Runs a scenario in this process. */
export function runScenario(scenario: Scenario): Promise<Row[]> {
  switch (scenario.kind) {
    case "write-checkpoint":
      return writeCheckpoint(scenario);
    case "prompt-step":
      return measurePromptStep(scenario);
    case "plain-step":
      return measurePlainStep(scenario);
    case "linearity":
      return measureLinearity(scenario);
    case "image-tower":
      return measureImageTower(scenario);
    case "pretrain-step":
      return measurePretrainStep(scenario);
  }
}
