import { ConfigError, ShapeError } from "../errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { formatShape } from "../tensor/shape.ts";
import { createTensor, type StoredTensor, type Tensor, zeros } from "../tensor/tensor.ts";
import type { ClipCheckpoint } from "./clip-checkpoint.ts";
import { fillTemplate } from "./fill-template.ts";
import { encodeTexts } from "./text-encoder.ts";

/** Pictures that {@link classify} compares with a text at a time. */
const PICTURES_AT_ONCE = 4;

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
  for (let n = 0; n < count; n += PICTURES_AT_ONCE) {
    // Beyond the last picture it is the last one again, and its logits are written again.
    const rows = [n, n + 1, n + 2, n + 3].map((row) => Math.min(row, count - 1));
    writeLogits(logits, rows, { pictures, texts, width, logitScale });
  }
  return logits;
}

/** Writes the logits of four pictures: each number of a text is read once for all four, and their sums do not wait for each other. */
function writeLogits(
  { data, shape }: Tensor<"float32">,
  [n0 = 0, n1 = 0, n2 = 0, n3 = 0]: readonly number[],
  {
    pictures,
    texts,
    width,
    logitScale,
  }: { pictures: Float32Array; texts: Float32Array; width: number; logitScale: number },
): void {
  const classes = shape[1] ?? 0;
  const [p0, p1, p2, p3] = [n0 * width, n1 * width, n2 * width, n3 * width];
  for (let c = 0; c < classes; c++) {
    const start = c * width;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = 0; i < width; i++) {
      const value = texts[start + i]!;
      s0 += pictures[p0 + i]! * value;
      s1 += pictures[p1 + i]! * value;
      s2 += pictures[p2 + i]! * value;
      s3 += pictures[p3 + i]! * value;
    }
    data[n0 * classes + c] = logitScale * s0;
    data[n1 * classes + c] = logitScale * s1;
    data[n2 * classes + c] = logitScale * s2;
    data[n3 * classes + c] = logitScale * s3;
  }
}
