import type { Runtime } from "../src/runtime/runtime.ts";
import { stepFlops } from "./flops.ts";
import { type GemmChain, loadGemmChain } from "./gemm-chain.ts";
import type { PromptTask } from "./prompt-task.ts";

/** Rows that a step's text tower works on, besides those that it folds. */
function textRows({ method, batch }: PromptTask): { readonly rows: number; readonly asked: number } {
  const { prefix, suffix } = method.prompts;
  // A frozen prefix is folded when the graph is loaded; a learned one runs once, or once for each picture.
  const learned = prefix.some((slot) => "source" in slot) ? prefix.length : 0;
  const own = suffix.reduce((sum, slots) => sum + slots.length, 0);
  const copies = method.readsImageFeatures ? batch.labels.data.length : 1;
  return { rows: copies * (learned + own), asked: copies * suffix.length };
}

/** Rows that a step's image tower works on, learned tokens included; `undefined` where the method leaves it alone. */
function imageRows({ method, batch, clip }: PromptTask) {
  const { image } = clip.config;
  const { image: weights } = clip.weights;
  if (!("pixels" in batch) || image.kind !== "vit" || weights.kind !== "vit") return undefined;
  const pictures = batch.labels.data.length;
  const patches = Math.floor(image.imageSize / image.patchSize) ** 2;
  const prompts = method.parameters.find(({ name }) => name === "ctx")?.initial.shape[0] ?? 0;
  return {
    rows: { rows: pictures * (1 + patches + prompts), asked: pictures },
    embedding: 2 * pictures * patches * 3 * image.patchSize ** 2 * image.width,
    tower: { width: image.width, layers: image.layers, blocks: weights.blocks },
  };
}

/** FLOPs of the linear layers of a training step, forward and back through the frozen weights of the towers that it prompts. */
export function promptStepFlops(task: PromptTask): number {
  const image = imageRows(task);
  const ofText = stepFlops(task.tower.config, textRows(task));
  // Nobody asks for the gradient of the pixels.
  return image === undefined ? ofText : ofText + stepFlops(image.tower, image.rows) + image.embedding;
}

/** Bare matrix products of the shapes of a step's towers, one tower after the other. */
export async function loadStepChain(runtime: Runtime, task: PromptTask): Promise<GemmChain> {
  const { width, layers } = task.tower.config;
  const { blocks } = task.tower.weights;
  const { rows } = textRows(task);
  const text = await loadGemmChain(runtime, { width, layers, blocks }, rows);
  const image = imageRows(task);
  if (image === undefined) return text;
  const ofImage = await loadGemmChain(runtime, image.tower, image.rows.rows);
  return {
    flops: text.flops + ofImage.flops,
    run: async () => {
      await text.run();
      await ofImage.run();
    },
    release: async () => {
      await text.release();
      await ofImage.release();
    },
  };
}
