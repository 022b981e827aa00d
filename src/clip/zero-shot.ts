import { ConfigError, ShapeError } from "../errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { formatShape } from "../tensor/shape.ts";
import { createTensor, type StoredTensor, type Tensor, zeros } from "../tensor/tensor.ts";
import type { ClipCheckpoint } from "./clip-checkpoint.ts";
import { fillTemplate } from "./fill-template.ts";
import { encodeTexts } from "./text-encoder.ts";

/** What a zero-shot classifier is made from. */
export interface ZeroShotOptions {
  /** In the order of the features. */
  readonly classNames: readonly string[];
  /** Texts with one `{}` each, such as `a photo of a {}.`; several make an ensemble. */
  readonly templates: readonly string[];
  /** Brings a stored tensor into memory as float32 (from a file in Node, from memory in a browser). */
  readonly readFloat32: (stored: StoredTensor) => Float32Array;
}

/**
 * Text features of classes that CLIP knows by their names alone. Those of several templates are averaged: each
 * normalised, and their mean again.
 *
 * @returns normalised, float32 `[C, D]`
 * @throws {ConfigError} if there is no template, one has not exactly one `{}`, or a prompt is too long
 * @throws {EngineError} if the engine fails
 * @see Radford et al. 2021, section 3.1.4, https://arxiv.org/abs/2103.00020
 */
export async function zeroShotFeatures(
  runtime: Runtime,
  clip: Pick<ClipCheckpoint, "config" | "weights" | "tokenizer">,
  { classNames, templates, readFloat32 }: ZeroShotOptions,
): Promise<Tensor<"float32">> {
  if (templates.length === 0) {
    throw new ConfigError({ where: "templates", expected: "at least one", got: "none" });
  }
  const prompts = templates.flatMap((template) =>
    classNames.map((name) => clip.tokenizer.encodePrompt(fillTemplate(template, name))),
  );
  const width = clip.config.jointWidth;
  const { endOfText } = clip.tokenizer;
  const data = await encodeTexts(runtime, clip, prompts, readFloat32, { endOfText });
  const features = normalizeFeatures(createTensor("float32", [prompts.length, width], data));
  return normalizeFeatures(averageTemplates(features, classNames.length));
}

/** Mean over templates: `[templates * C, D]` to `[C, D]`. */
function averageTemplates({ data, shape }: Tensor<"float32">, classes: number): Tensor<"float32"> {
  const [rows = 0, width = 0] = shape;
  const mean = zeros([classes, width]);
  const templates = rows / classes;
  for (let i = 0; i < data.length; i++) mean.data[i % mean.data.length]! += data[i]! / templates;
  return mean;
}

/**
 * Logits of pictures: `s cos(f(x), g(y_i))`.
 *
 * @param features of pictures, raw or normalised, float32 `[N, D]`
 * @param textFeatures of classes, raw or normalised, float32 `[C, D]`
 * @param logitScale s = exp(logit_scale)
 * @returns float32 `[N, C]`
 * @throws {ShapeError} if the widths differ
 */
export function classify(
  features: Tensor<"float32">,
  textFeatures: Tensor<"float32">,
  logitScale: number,
): Tensor<"float32"> {
  const [count = 0, width = 0] = features.shape;
  const [classes = 0, textWidth = 0] = textFeatures.shape;
  if (width !== textWidth || features.shape.length !== 2 || textFeatures.shape.length !== 2) {
    throw new ShapeError({
      where: "classify",
      expected: `text features [C, ${width}], as pictures have`,
      got: formatShape(textFeatures.shape),
      fix: "Take both from the same model.",
    });
  }
  const pictures = normalizeFeatures(features).data;
  const texts = normalizeFeatures(textFeatures).data;
  const logits = zeros([count, classes]);
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < classes; c++) {
      let cosine = 0;
      for (let i = 0; i < width; i++) cosine += pictures[n * width + i]! * texts[c * width + i]!;
      logits.data[n * classes + c] = logitScale * cosine;
    }
  }
  return logits;
}
