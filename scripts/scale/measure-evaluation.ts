import { peakMemory } from "../../bench/peak-memory.ts";
import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import { scorePictures } from "../../src/tasks/score-pictures.ts";
import { sliceRows } from "../../src/tensor/slice-rows.ts";
import { createTensor, type Tensor } from "../../src/tensor/tensor.ts";
import { evaluatePredictions, rowsOf, topGuesses } from "../../src/training/metrics.ts";
import { createScoreSummary } from "../../src/training/score-summary.ts";
import type { ScaleNumbers } from "./cell.ts";
import { randomSupportSet } from "./support-set.ts";

/** Pictures that an adapter of many classes scores, as `evaluate` and `predict` do once they are encoded. */
export interface EvaluationScenario {
  readonly kind: "evaluation";
  readonly classes: number;
  /** Pictures whose features are in memory. */
  readonly pictures: number;
  /** Those of them that are scored and timed: all blocks are alike. */
  readonly scored: number;
  /** D. */
  readonly width: number;
}

/** Time of scoring and of the best guesses, and the peak of memory. */
export async function measureEvaluation(scenario: EvaluationScenario): Promise<ScaleNumbers> {
  const { classes, pictures, scored, width } = scenario;
  const test = randomSupportSet({ classes, pictures, width });
  const words = randomSupportSet({ classes, pictures: classes, width }).features;
  const features = sliceRows(test.features, 0, scored) as Tensor<"float32">;
  const summary = createScoreSummary({ temperature: 1.5 });
  let guessing = 0;
  const start = performance.now();
  await scorePictures(
    {
      method: "lamm",
      baseModel: { id: "random", weightsHash: "0", preprocessing: "none" },
      classNames: Array.from({ length: classes }, (_, c) => `class ${c}`),
      template: "a photo of a {}.",
      logitScale: 100,
      config: {},
      textFeatures: createTensor("float32", [classes, width], words.data),
      parameters: {},
    },
    {
      runtime: createNodeRuntime(),
      where: "random features",
      encode: async () => ({ features, indices: [...Array(scored).keys()], unreadable: [] }),
      onLogits: (logits) => {
        summary.add(logits);
        const before = performance.now();
        for (const row of rowsOf(logits)) topGuesses(row, 3);
        guessing += performance.now() - before;
      },
    },
  );
  const seconds = (performance.now() - start - guessing) / 1000;
  evaluatePredictions(summary.predicted, test.labels.slice(0, scored), classes);
  return {
    "scored, pictures": scored,
    "pictures/s": scored / seconds,
    "guesses, pictures/s": (1000 * scored) / guessing,
    "peak, MB": peakMemory(),
  };
}
