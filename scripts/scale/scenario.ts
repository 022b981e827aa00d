import type { ScaleNumbers } from "./cell.ts";
import { type CacheScenario, measureCache } from "./measure-cache.ts";
import { type EvaluationScenario, measureEvaluation } from "./measure-evaluation.ts";
import { measureShots, type ShotsScenario } from "./measure-shots.ts";
import { measureStep, type StepScenario } from "./measure-step.ts";
import { measureWholeStep, type WholeStepScenario } from "./measure-whole-step.ts";

/** One thing to measure in a process of its own, as plain data. */
export type ScaleScenario =
  | StepScenario
  | WholeStepScenario
  | EvaluationScenario
  | CacheScenario
  | ShotsScenario;

/** Measures a scenario in this process, whose peak of memory is then its own. */
export async function measureScenario(scenario: ScaleScenario): Promise<ScaleNumbers> {
  switch (scenario.kind) {
    case "step":
      return measureStep(scenario);
    case "whole step":
      return measureWholeStep(scenario);
    case "evaluation":
      return measureEvaluation(scenario);
    case "cache":
      return measureCache(scenario);
    case "shots":
      return measureShots(scenario);
  }
}
