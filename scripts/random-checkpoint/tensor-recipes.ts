import { findLayout, type Layout } from "../../src/clip/checkpoint/layouts.ts";
import type { ClipConfig, TransformerConfig, VitConfig } from "../../src/clip/config.ts";
import { type Shape, sizeOf } from "../../src/tensor/shape.ts";
import { BIAS, type Distribution, NORM_WEIGHT, type TensorRecipe } from "./recipe.ts";
import { addResNet } from "./resnet-recipes.ts";

/** Convention of names that a random checkpoint follows. */
export type LayoutName = "hugging-face" | "openai";

/** A tensor by which the layout is known. */
const signs: Readonly<Record<LayoutName, string>> = {
  "hugging-face": "text_model.embeddings.token_embedding.weight",
  openai: "token_embedding.weight",
};

/**
 * Lists the tensors of a random CLIP, with the standard deviations from which OpenAI starts training: activations stay near
 * 1 through all blocks. The image tower, which OpenAI leaves to PyTorch's defaults, gets those of the text tower, and the
 * scale of the logits is the 100 of trained models.
 *
 * @see https://github.com/openai/CLIP/blob/main/clip/model.py, `initialize_parameters`
 */
export function listTensors(config: ClipConfig, layoutName: LayoutName): TensorRecipe[] {
  const sign = { dtype: "float32", shape: [0], data: new Float32Array(0) } as const;
  const layout = findLayout(layoutName, new Map([[signs[layoutName], sign]]));
  const recipes: TensorRecipe[] = [];
  const add: AddAs = (name, stream, shape, { mean = 0, deviation }) => {
    recipes.push({ name, shape, parts: [{ stream, size: sizeOf(shape), mean, deviation }] });
  };
  const writer: Writer = { layout, recipes, add };
  addText(writer, config);
  if (config.image.kind === "vit") addVit(writer, config.image, config.jointWidth);
  else {
    addResNet(
      (name, shape, distribution) => add(name, name, shape, distribution),
      config.image,
      config.jointWidth,
    );
  }
  add(layout.logitScale, "logit scale", [], { mean: Math.log(100), deviation: 0 });
  return recipes;
}

type AddAs = (name: string, stream: string, shape: Shape, distribution: Distribution) => void;

interface Writer {
  readonly layout: Layout;
  readonly recipes: TensorRecipe[];
  readonly add: AddAs;
}

function addText(writer: Writer, { text, jointWidth }: ClipConfig): void {
  const { add, layout } = writer;
  const names = layout.text;
  const { width, vocabularySize, contextLength } = text;
  add(names.tokenEmbedding, "text tokens", [vocabularySize, width], { deviation: 0.02 });
  add(names.positionEmbedding, "text positions", [contextLength, width], { deviation: 0.01 });
  addBlocks(writer, text, { prefix: names.blocks, stream: "text block" });
  addNorm(writer, names.finalNorm, "text norm", width);
  addProjection(writer, names.projection, "text projection", { width, jointWidth });
}

function addVit(writer: Writer, image: VitConfig, jointWidth: number): void {
  const { add, layout } = writer;
  const names = layout.vit;
  const { width, patchSize, imageSize } = image;
  const patches = (imageSize / patchSize) ** 2;
  const patch: Shape = [width, 3, patchSize, patchSize];
  add(names.patchEmbedding, "image patches", patch, { deviation: (3 * patchSize ** 2) ** -0.5 });
  add(names.classEmbedding, "image class", [width], { deviation: width ** -0.5 });
  add(names.positionEmbedding, "image positions", [1 + patches, width], { deviation: width ** -0.5 });
  addNorm(writer, names.preNorm, "image norm before", width);
  addBlocks(writer, image, { prefix: names.blocks, stream: "image block" });
  addNorm(writer, names.postNorm, "image norm after", width);
  addProjection(writer, names.projection, "image projection", { width, jointWidth });
}

function addNorm({ add }: Writer, name: string, stream: string, width: number): void {
  add(`${name}.weight`, `${stream} weight`, [width], NORM_WEIGHT);
  add(`${name}.bias`, `${stream} bias`, [width], BIAS);
}

function addProjection(
  { recipes, layout }: Writer,
  name: string,
  stream: string,
  { width, jointWidth }: { readonly width: number; readonly jointWidth: number },
): void {
  const part = { stream, size: width * jointWidth, mean: 0, deviation: width ** -0.5 };
  const transposed = layout.projectionLayout === "in-out";
  const shape = transposed ? [width, jointWidth] : [jointWidth, width];
  recipes.push({ name, shape, parts: [part], transposed });
}

function addBlocks(
  writer: Writer,
  { width, layers }: TransformerConfig,
  { prefix, stream }: { readonly prefix: string; readonly stream: string },
): void {
  const { add, layout } = writer;
  const names = layout.block;
  // Each block adds to the residual twice: the sum of all of them keeps the size of one.
  const output = { deviation: width ** -0.5 * (2 * layers) ** -0.5 };
  for (let index = 0; index < layers; index++) {
    const at = (name: string) => `${prefix}.${index}.${name}`;
    const from = (name: string) => `${stream} ${index} ${name}`;
    const addLinear = (name: string, role: string, shape: Shape, distribution: Distribution) => {
      add(`${at(name)}.weight`, `${from(role)} weight`, shape, distribution);
      add(`${at(name)}.bias`, `${from(role)} bias`, shape.slice(0, 1), BIAS);
    };
    addNorm(writer, at(names.attentionNorm), from("attention norm"), width);
    addAttentionInput(writer, { at, from }, width);
    addLinear(names.attentionOutput, "attention output", [width, width], output);
    addNorm(writer, at(names.mlpNorm), from("mlp norm"), width);
    addLinear(names.mlpUp, "mlp up", [4 * width, width], { deviation: (2 * width) ** -0.5 });
    addLinear(names.mlpDown, "mlp down", [width, 4 * width], output);
  }
}

/** Query, key and value: three tensors, or one of three parts. */
function addAttentionInput(
  { layout, recipes }: Writer,
  { at, from }: { at(name: string): string; from(name: string): string },
  width: number,
): void {
  const names = layout.block.attentionInput;
  const streams = ["query", "key", "value"].map(from);
  const weight = { size: width * width, mean: 0, deviation: width ** -0.5 };
  const bias = { size: width, mean: 0, deviation: BIAS.deviation };
  const weights = streams.map((stream) => ({ ...weight, stream: `${stream} weight` }));
  const biases = streams.map((stream) => ({ ...bias, stream: `${stream} bias` }));
  if ("weight" in names) {
    recipes.push({ name: at(names.weight), shape: [3 * width, width], parts: weights });
    recipes.push({ name: at(names.bias), shape: [3 * width], parts: biases });
    return;
  }
  for (const [index, name] of names.entries()) {
    recipes.push({
      name: `${at(name)}.weight`,
      shape: [width, width],
      parts: weights.slice(index, index + 1),
    });
    recipes.push({ name: `${at(name)}.bias`, shape: [width], parts: biases.slice(index, index + 1) });
  }
}
