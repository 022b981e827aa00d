import { afterAll, describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { countingRuntime } from "../../test/support/counting-runtime.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { SMALL_IMAGE_SIZE, smallClip } from "../../test/support/small-clip.ts";
import { SMALL_END, SMALL_START } from "../../test/support/small-text-tower.ts";
import { FLOAT32_CHAIN, type Tolerance } from "../../test/support/tolerances.ts";
import { createImageEncoder } from "../clip/image-encoder.ts";
import { mapWeights, nameWeights } from "../clip/name-weights.ts";
import { encodeTexts } from "../clip/text-encoder.ts";
import { classify } from "../clip/zero-shot.ts";
import { ConfigError, LammError, ShapeError } from "../errors.ts";
import { createAdamW } from "../optim/adamw.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { sizeOf } from "../tensor/shape.ts";
import { createTensor, type StoredTensor, type Tensor } from "../tensor/tensor.ts";
import { toFloat32 } from "../tensor/to-float32.ts";
import {
  type ContrastiveBatch,
  type ContrastiveObjective,
  type ContrastiveStep,
  createContrastiveObjective,
  LOGIT_SCALE,
} from "./contrastive-objective.ts";

const runtime = createNodeRuntime({ threads: 1 });
const MAX_LENGTH = 6;

/** Half the distance of the differences: less, and the loss's own rounding of 1e-7 shows; more, and its third derivative does. */
const STEP = 1e-2;
/**
 * A gradient in float32 against differences of the loss in float32 at {@link STEP}: 1e-7 / STEP of rounding, several times over, and
 * STEP^2 f''' / 6; relative to the parameter's largest element.
 */
const FLOAT32_DIFFERENCES: Tolerance = { rtol: 1e-3, atol: 1e-4 };

/** A batch of captions, each given by its words; pictures are random. */
function drawBatch(...words: readonly (readonly number[])[]): ContrastiveBatch {
  const shape = [words.length, 3, SMALL_IMAGE_SIZE, SMALL_IMAGE_SIZE];
  return {
    pixels: seededTensor(9)(shape, 1.5).data,
    captions: words.map(String),
    sequences: words.map((list) => [SMALL_START, ...list, SMALL_END]),
  };
}

/** Two pictures with one caption. In packed rows: 12 for 8 tokens. */
const batch = drawBatch([1, 2], [3], [1, 2]);
/** 12 rows for 7 tokens. */
const likeBatch = drawBatch([1], [3], [1, 2]);
/** 6 rows for 5 tokens. */
const shortBatch = drawBatch([4], [], [5]);
/** 18 rows for 13 tokens. */
const longBatch = drawBatch([1, 2, 3, 4], [3, 6, 1, 1], [2, 7]);
/** Captions count as equal where their texts are, whatever their tokens. */
const pairedBatch = { ...longBatch, captions: ["a", "b", "a"] };

const objectives: ContrastiveObjective[] = [];
afterAll(async () => {
  for (const objective of objectives) await objective.release();
});

function createObjective({ batchSize = 3, maxLength = MAX_LENGTH } = {}): ContrastiveObjective {
  const objective = createContrastiveObjective(runtime, smallClip(3), { batchSize, maxLength });
  objectives.push(objective);
  return objective;
}

/** Tensors of a step's gradients, for comparisons that name the worst element. */
function checkSameGradients(
  { shapes }: ContrastiveObjective,
  found: ContrastiveStep["gradients"],
  expected: ContrastiveStep["gradients"],
): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, shape] of Object.entries(shapes)) {
    const tensorOf = (values: ContrastiveStep["gradients"]) =>
      createTensor("float32", shape, values[name] as Float32Array);
    checkCloseToLargest(tensorOf(found), tensorOf(expected), FLOAT32_CHAIN, name);
  }
}

test("parameters are the weights' own elements by their names, and the scale of the logits", () => {
  const clip = smallClip(3);
  const { parameters, shapes } = createContrastiveObjective(runtime, clip, { batchSize: 3, maxLength: 6 });
  const named = nameWeights(clip.weights);
  expect(Object.keys(parameters)).toEqual([...named.keys(), LOGIT_SCALE]);
  for (const [name, tensor] of named) {
    expect(parameters[name], name).toBe((tensor as Tensor).data);
    expect(shapes[name], name).toEqual(tensor.shape);
  }
  expect(parameters[LOGIT_SCALE]).toEqual(Float32Array.of(Math.log(5)));
  expect(shapes[LOGIT_SCALE]).toEqual([]);
});

describe("the loss", () => {
  test.each([
    ["12 rows", batch],
    ["6 rows", shortBatch],
    ["18 rows", longBatch],
    ["18 rows, where captions are equal", pairedBatch],
  ])(
    "is that of the encoders' own features, in a graph of %s",
    async (_, { pixels, captions, sequences }) => {
      const clip = smallClip(3);
      const encoder = await createImageEncoder(runtime, clip, { batchSize: 3 });
      const images = createTensor("float32", [3, 6], await encoder.encode(pixels));
      await encoder.release();
      const read = (stored: StoredTensor) => toFloat32(stored as Tensor);
      const texts = createTensor("float32", [3, 6], await encodeTexts(runtime, clip, sequences, read));
      const logits = classify(images, texts, Math.exp(clip.weights.logitScale));
      const found = await createObjective().evaluate({ pixels, captions, sequences });
      checkCloseToLargest(createTensor("float32", [3, 3], found.logits), logits, FLOAT32_CHAIN, "logits");
      expect(found.loss).toBeCloseTo(lossOf(logits.data, captions), 5);
    },
  );

  test("follows its parameters", async () => {
    const objective = createObjective();
    const before = await objective.evaluate(batch);
    (objective.parameters[LOGIT_SCALE] as Float32Array)[0] = Math.log(10);
    const after = await objective.evaluate(batch);
    after.logits.forEach((logit, index) => {
      expect(logit).toBeCloseTo(2 * (before.logits[index] ?? Number.NaN), 4);
    });
    // Without projection there are no features, and all cosines are 0.
    (objective.parameters["text.projection.weight"] as Float32Array).fill(0);
    const blind = await objective.evaluate(batch);
    expect([...blind.logits].map(Math.abs)).toEqual(Array(9).fill(0));
    expect(blind.loss).toBeCloseTo(Math.log(3), 6);
  });

  test("falls when its gradients are followed", async () => {
    const objective = createObjective();
    const learned = drawBatch([1, 2], [3], [4]);
    const optimizer = createAdamW();
    const first = await objective.evaluate(learned);
    for (let step = 0; step < 40; step++) {
      const { gradients } = await objective.evaluate(learned);
      optimizer.step(objective.parameters, gradients, 0.01);
    }
    expect((await objective.evaluate(learned)).loss).toBeLessThan(first.loss / 10);
  });
});

/** Half the cross-entropy of rows and of columns, where equal captions are equally right. */
function lossOf(logits: ArrayLike<number>, captions: readonly string[]): number {
  const count = captions.length;
  const all = captions.map((_, index) => index);
  const crossEntropy = (scoreOf: (other: number) => number, caption: string | undefined) => {
    const logOfSum = Math.log(all.reduce((sum, other) => sum + Math.exp(scoreOf(other)), 0));
    const right = all.filter((other) => captions[other] === caption);
    return right.reduce((sum, other) => sum + logOfSum - scoreOf(other), 0) / right.length;
  };
  const at = (row: number, column: number) => logits[row * count + column] ?? Number.NaN;
  const losses = all.flatMap((k) => [
    crossEntropy((other) => at(k, other), captions[k]),
    crossEntropy((other) => at(other, k), captions[k]),
  ]);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

describe("gradients", () => {
  test.each([
    ["12 rows", batch],
    ["18 rows", longBatch],
  ])("of every parameter are central differences of the loss, in a graph of %s", async (_, pairs) => {
    const objective = createObjective();
    const { gradients } = await objective.evaluate(pairs);
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(objective.parameters).sort());
    for (const [name, parameter] of Object.entries(objective.parameters)) {
      const gradient = gradients[name] as Float32Array;
      expect(gradient.length, name).toBe(parameter.length);
      const places = [placeOfLargest(gradient), 7 % gradient.length];
      const slopes: number[] = [];
      for (const place of places) slopes.push(await differenceAt(objective, pairs, { parameter, place }));
      const found = places.map((place) => gradient[place] ?? Number.NaN);
      const shape = [places.length];
      checkCloseToLargest({ shape, data: found }, { shape, data: slopes }, FLOAT32_DIFFERENCES, name);
    }
  });

  test("are the same in another graph: a batch with every pair twice has the loss and log 2 more", async () => {
    const objective = createObjective();
    const single = await objective.evaluate(batch);
    const pixels = new Float32Array(2 * batch.pixels.length);
    pixels.set(batch.pixels);
    pixels.set(batch.pixels, batch.pixels.length);
    const double = await createObjective({ batchSize: 6 }).evaluate({
      pixels,
      captions: [...batch.captions, ...batch.captions],
      sequences: [...batch.sequences, ...batch.sequences],
    });
    expect(double.loss).toBeCloseTo(single.loss + Math.log(2), 5);
    checkSameGradients(objective, double.gradients, single.gradients);
  });

  test("do not depend on the longest caption of the run", async () => {
    const objective = createObjective();
    const short = await objective.evaluate(batch);
    const long = await createObjective({ maxLength: 9 }).evaluate(batch);
    expect(long.loss).toBeCloseTo(short.loss, 5);
    checkSameGradients(objective, long.gradients, short.gradients);
  });

  test("of tokens and positions that no caption has are zero", async () => {
    const { gradients } = await createObjective().evaluate(batch);
    const rowsOf = (name: string) => {
      const table = [...(gradients[name] ?? [])];
      const rows = Array.from({ length: table.length / 8 }, (_, row) => table.slice(8 * row, 8 * row + 8));
      return rows.flatMap((row, index) => (row.some((value) => value !== 0) ? [index] : []));
    };
    expect(rowsOf("text.tokenEmbedding")).toEqual([1, 2, 3, SMALL_START, SMALL_END]);
    expect(rowsOf("text.positionEmbedding")).toEqual([0, 1, 2, 3]);
  });
});

function placeOfLargest(values: Float32Array): number {
  return values.reduce(
    (best, value, index) => (Math.abs(value) > Math.abs(values[best] ?? 0) ? index : best),
    0,
  );
}

/** Slope of the loss for one element; the element is as it was afterwards. */
async function differenceAt(
  objective: ContrastiveObjective,
  pairs: ContrastiveBatch,
  { parameter, place }: { parameter: Float32Array; place: number },
): Promise<number> {
  const start = parameter[place] ?? Number.NaN;
  const lossAt = async (number: number) => {
    parameter[place] = number;
    // As it was rounded.
    const at = parameter[place] ?? Number.NaN;
    return { at, loss: (await objective.evaluate(pairs)).loss };
  };
  const above = await lossAt(start + STEP);
  const below = await lossAt(start - STEP);
  parameter[place] = start;
  return (above.loss - below.loss) / (above.at - below.at);
}

test("a batch gives the same bits again, after others and from another objective", async () => {
  const objective = createObjective();
  const first = await objective.evaluate(batch);
  expect(await objective.evaluate(batch)).toEqual(first);
  // Each of them is another graph, so that the first one is loaded again.
  await objective.evaluate(shortBatch);
  await objective.evaluate(longBatch);
  expect(await objective.evaluate(batch)).toEqual(first);
  expect(await createObjective().evaluate(batch)).toEqual(first);
});

test("holds two graphs at most, and none when it is released", async () => {
  const { counts, counting } = countingRuntime(runtime);
  const objective = createContrastiveObjective(counting, smallClip(3), { batchSize: 3, maxLength: 6 });
  expect(counts).toEqual({ loaded: 0, held: 0, runs: 0 });
  for (const pairs of [batch, shortBatch, likeBatch, shortBatch]) await objective.evaluate(pairs);
  expect(counts).toEqual({ loaded: 2, held: 2, runs: 4 });
  await objective.evaluate(longBatch);
  expect(counts).toEqual({ loaded: 3, held: 2, runs: 5 });
  await objective.release();
  expect(counts.held).toBe(0);
});

describe("what it refuses", () => {
  test.each<[string, Partial<ContrastiveBatch>, string]>([
    [
      "fewer captions than pictures",
      { captions: ["a", "b"] },
      "batch of pre-training: expected 3 captions and their token ids, got 2 captions and token ids of 3.",
    ],
    [
      "fewer token sequences than captions",
      { sequences: batch.sequences.slice(1) },
      "batch of pre-training: expected 3 captions and their token ids, got 3 captions and token ids of 2.",
    ],
    [
      "fewer pictures",
      { pixels: batch.pixels.subarray(192) },
      "createTensor: expected 576 elements for float32 [3, 3, 8, 8], got 384.",
    ],
    [
      "a caption longer than the longest",
      { sequences: batch.sequences.with(1, [SMALL_START, 1, 1, 1, 1, 1, SMALL_END]) },
      "caption 1 of a batch: expected 2 to 6 tokens, got 7.",
    ],
  ])("%s", async (_, change, message) => {
    // Refused as well where the graph is loaded already.
    const objective = createObjective();
    await objective.evaluate(batch);
    const evaluation = objective.evaluate({ ...batch, ...change });
    await expect(evaluation).rejects.toThrow(ShapeError);
    await expect(evaluation).rejects.toThrow(message);
  });

  test("weights that are not float32", () => {
    const clip = smallClip(3);
    const weights = mapWeights(clip.weights, (name, tensor) =>
      name === "text.finalNorm.bias"
        ? createTensor("float16", tensor.shape, new Uint16Array(sizeOf(tensor.shape)))
        : tensor,
    );
    const create = () =>
      createContrastiveObjective(runtime, { ...clip, weights }, { batchSize: 3, maxLength: 6 });
    expect(create).toThrow(LammError);
    expect(create).toThrow(
      "createContrastiveObjective, text.finalNorm.bias: expected float32 in memory, got float16.",
    );
  });

  test("weights in a file", () => {
    const clip = smallClip(3);
    const weights = mapWeights(clip.weights, (name, { shape }) =>
      name === "image.classEmbedding"
        ? { dtype: "float32", shape, file: "/models/clip.safetensors", byteOffset: 0 }
        : createTensor("float32", shape, new Float32Array(sizeOf(shape))),
    );
    const create = () =>
      createContrastiveObjective(runtime, { ...clip, weights }, { batchSize: 3, maxLength: 6 });
    expect(create).toThrow(
      "createContrastiveObjective, image.classEmbedding: expected float32 in memory, got a tensor in a file.",
    );
  });

  test("a ResNet", () => {
    const clip = smallClip(3);
    const image = { kind: "resnet", imageSize: 8, width: 8, stageBlocks: [1, 1, 1, 1], heads: 2 } as const;
    const config = { ...clip.config, image };
    const create = () =>
      createContrastiveObjective(runtime, { ...clip, config }, { batchSize: 3, maxLength: 6 });
    expect(create).toThrow(ConfigError);
    expect(create).toThrow(
      "pre-training: expected a vision transformer as image tower, got a ResNet. Pre-train a model with a vision transformer.",
    );
  });
});
