import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadGemmChain } from "../../bench/gemm-chain.ts";
import { peakMemory } from "../../bench/peak-memory.ts";
import { createPromptTask, type PromptTask } from "../../bench/prompt-task.ts";
import { promptStepFlops } from "../../bench/step-flops.ts";
import { median } from "../../bench/timing.ts";
import { createSgd } from "../../src/optim/sgd.ts";
import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { createTensor } from "../../src/tensor/tensor.ts";
import type { Adapter } from "../../src/training/adapter.ts";
import { type FeatureSet, featureBatches } from "../../src/training/feature-set.ts";
import { readAdapter } from "../../src/training/node/read-adapter.ts";
import { saveAdapter } from "../../src/training/node/save-adapter.ts";
import { DEFAULT_MAX_ROWS, planChunks } from "../../src/training/prompt-encoder.ts";
import { PromptObjective } from "../../src/training/prompt-objective.ts";
import type { ScaleNumbers } from "./cell.ts";
import { randomSupportSet } from "./support-set.ts";

/** Steps of the published schedule: batches of a support set that is in memory. */
export interface StepScenario {
  readonly kind: "step";
  /** Folder of the checkpoint. */
  readonly checkpoint: string;
  readonly classes: number;
  /** Tokens of class names, dealt to the classes in turn. */
  readonly nameLengths: readonly number[];
  /** K. */
  readonly shots: number;
  /** B. */
  readonly batchSize: number;
  /** Steps that are timed. */
  readonly rounds: number;
  /** Whether a first step is not timed, in which the graphs are loaded: seconds, which count where a step takes no longer. */
  readonly warmUp: boolean;
}

/**
 * Median time of a step and its share of the rate of bare matrix products, which take turns with the steps; time and size of the
 * adapter's file; and the peak of memory of all that together, the products' included.
 */
export async function measureStep(scenario: StepScenario): Promise<ScaleNumbers> {
  const { checkpoint, classes, shots, rounds } = scenario;
  const runtime = createNodeRuntime();
  const task = await createPromptTask(checkpoint, { ...scenario, method: "lamm" });
  const width = task.clip.config.jointWidth;
  const set = randomSupportSet({ classes, pictures: shots * classes, width });
  const objective = new PromptObjective({ runtime, ...task });
  const training = createTraining(task, objective, { set, batchSize: scenario.batchSize });
  await objective.originalFeatures();
  if (scenario.warmUp) await training.step();
  const products = await loadProducts(runtime, task);
  const times = { step: [] as number[], products: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.products.push(await timeOf(products.run));
    times.step.push(await timeOf(training.step));
    times.products.push(await timeOf(products.run));
  }
  await products.release();
  const peakOfStep = peakMemory();
  const file = fileNumbers(await makeAdapter(task, objective, training.parameters));
  const peak = peakMemory();
  await objective.release();
  const { chunks } = planChunks(task.method, DEFAULT_MAX_ROWS);
  // With several chunks the forward pass runs twice.
  const flops = promptStepFlops(task) * (chunks.length > 1 ? 1.5 : 1);
  return {
    "step, ms": median(times.step),
    "step, GFLOP": flops / 1e9,
    "share of the GEMM rate": (flops / products.flops) * (median(times.products) / median(times.step)),
    "GEMM rate, GFLOP/s": products.flops / median(times.products) / 1e6,
    "peak of steps, MB": peakOfStep,
    "peak, MB": peak,
    ...file,
  };
}

function createTraining(
  { method }: PromptTask,
  objective: PromptObjective,
  { set, batchSize }: { readonly set: FeatureSet; readonly batchSize: number },
) {
  const source = featureBatches(set);
  const optimizer = createSgd({ momentum: 0.9, weightDecay: 5e-4 });
  const parameters = Object.fromEntries(
    method.parameters.map(({ name, initial }) => [name, initial.data.slice()]),
  );
  let steps = 0;
  const step = async () => {
    const count = set.labels.length;
    const pictures = Array.from({ length: batchSize }, (_, i) => (7919 * (steps * batchSize + i)) % count);
    steps += 1;
    const batch = source.take(pictures, Array<number>(batchSize).fill(0));
    const { gradients } = await objective.evaluate(parameters, batch);
    optimizer.step(parameters, gradients, 0.002);
  };
  return { step, parameters };
}

/** Bare products of the shapes of one chunk of classes. */
function loadProducts(runtime: Runtime, { tower, method }: PromptTask) {
  const { width, layers } = tower.config;
  const { rows } = planChunks(method, DEFAULT_MAX_ROWS);
  return loadGemmChain(runtime, { width, layers, blocks: tower.weights.blocks }, rows);
}

async function makeAdapter(
  { method, logitScale }: PromptTask,
  objective: PromptObjective,
  parameters: Readonly<Record<string, Float32Array>>,
): Promise<Adapter> {
  const original = await objective.originalFeatures();
  return {
    method: "lamm",
    baseModel: { id: "random", weightsHash: "0", preprocessing: "none" },
    classNames: Array.from({ length: method.classCount }, (_, c) => `class ${c}`),
    template: "a photo of a {}.",
    logitScale,
    config: {},
    textFeatures: await objective.encode(parameters),
    ...(original && { originalTextFeatures: original }),
    parameters: Object.fromEntries(
      method.parameters.map(({ name, fileShape }) => [
        name,
        createTensor("float32", fileShape, parameters[name] as Float32Array),
      ]),
    ),
  };
}

function fileNumbers(adapter: Adapter): ScaleNumbers {
  const path = join(tmpdir(), `lamm-scale-${process.pid}.safetensors`);
  try {
    const start = performance.now();
    const bytes = saveAdapter(path, adapter);
    const saved = performance.now();
    readAdapter(path);
    return {
      "adapter, MB": bytes / 1e6,
      "save, ms": saved - start,
      "read, ms": performance.now() - saved,
    };
  } finally {
    rmSync(path, { force: true });
  }
}

async function timeOf(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}
