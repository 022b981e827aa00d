import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkClose, checkCloseToLargest } from "../../test/support/check-close.ts";
import { runGraph } from "../../test/support/run-graph.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import { gradients } from "../autodiff/gradient.ts";
import { ShapeError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Shape } from "../tensor/shape.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { contrastiveLoss, matchEqualCaptions } from "./contrastive-loss.ts";

const runtime = createNodeRuntime({ threads: 1 });
const WIDTH = 4;

/** What is differentiated, in the order of the graph's inputs. */
const INPUTS = ["images", "texts", "logitScale"] as const;

/** A batch of pairs, float32 `[N, D]`. */
interface Pairs {
  readonly images: Float32Array;
  readonly texts: Float32Array;
  /** ln s. */
  readonly logitScale: Float32Array;
  readonly captions: readonly string[];
}

function drawPairs(seed: number, captions: readonly string[], logitScale = Math.log(10)): Pairs {
  const draw = seededTensor(seed);
  const size = [captions.length, WIDTH];
  return {
    images: draw(size, 1).data,
    texts: draw(size, 3).data,
    logitScale: Float32Array.of(logitScale),
    captions,
  };
}

/** Loss, logits and gradients as the engine computes them. */
async function runLoss({ images, texts, logitScale, captions }: Pairs): Promise<Record<string, Tensor>> {
  const count = captions.length;
  const g = new GraphBuilder();
  const inputs = {
    images: g.input("images", "float32", [count, WIDTH]),
    texts: g.input("texts", "float32", [count, WIDTH]),
    logitScale: g.input("logitScale", "float32", []),
  };
  const { loss, logits } = contrastiveLoss(g, {
    imageFeatures: inputs.images,
    textFeatures: inputs.texts,
    logitScale: inputs.logitScale,
    targets: g.literal("float32", [count, count], matchEqualCaptions(captions)),
  });
  g.output("loss", loss);
  g.output("logits", logits);
  gradients(g, loss, Object.values(inputs)).forEach((gradient, index) => {
    g.output(`d ${INPUTS[index]}`, gradient);
  });
  return runGraph(runtime, g, {
    images: createTensor("float32", [count, WIDTH], images),
    texts: createTensor("float32", [count, WIDTH], texts),
    logitScale: createTensor("float32", [], logitScale),
  });
}

/** The numbers of {@link Pairs} in float64. */
type Numbers = Readonly<Record<(typeof INPUTS)[number], readonly number[]>>;

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => sum(x.map((number, i) => number * (y[i] ?? 0)));
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Cross-entropy of scores against the mean of the alternatives that are right. */
function crossEntropyOf(scores: readonly number[], isRight: readonly boolean[]): number {
  const logOfSum = Math.log(sum(scores.map(Math.exp)));
  const losses = scores.flatMap((score, i) => (isRight[i] ? [logOfSum - score] : []));
  return sum(losses) / losses.length;
}

/** Each picture chooses among the captions and each caption among the pictures, one at a time, in float64. */
function referenceLoss({ images, texts, logitScale }: Numbers, captions: readonly string[]) {
  const rowAt = (list: readonly number[], row: number) => list.slice(row * WIDTH, (row + 1) * WIDTH);
  const scale = Math.exp(logitScale[0] ?? Number.NaN);
  const logits = captions.map((_, i) =>
    captions.map((_, j) => scale * cosine(rowAt(images, i), rowAt(texts, j))),
  );
  const losses = captions.flatMap((caption, k) => {
    const isRight = captions.map((other) => other === caption);
    const column = logits.map((row) => row[k] ?? Number.NaN);
    return [crossEntropyOf(logits[k] ?? [], isRight), crossEntropyOf(column, isRight)];
  });
  return { loss: sum(losses) / losses.length, logits: logits.flat() };
}

/** The reference's gradient by central differences. */
function referenceGradient(numbers: Numbers, name: keyof Numbers, captions: readonly string[]): number[] {
  const step = 1e-5;
  const lossAt = (index: number, number: number) =>
    referenceLoss({ ...numbers, [name]: numbers[name].with(index, number) }, captions).loss;
  return numbers[name].map(
    (number, index) => (lossAt(index, number + step) - lossAt(index, number - step)) / (2 * step),
  );
}

async function checkAgainstReference(pairs: Pairs): Promise<void> {
  const { captions } = pairs;
  const count = captions.length;
  const found = await runLoss(pairs);
  const numbers: Numbers = {
    images: [...pairs.images],
    texts: [...pairs.texts],
    logitScale: [...pairs.logitScale],
  };
  const { loss, logits } = referenceLoss(numbers, captions);
  checkClose(found.loss as Tensor, { shape: [], data: [loss] }, FLOAT32_CHAIN, "loss");
  checkCloseToLargest(
    found.logits as Tensor,
    { shape: [count, count], data: logits },
    FLOAT32_CHAIN,
    "logits",
  );
  for (const name of INPUTS) {
    const expected = {
      shape: name === "logitScale" ? [] : [count, WIDTH],
      data: referenceGradient(numbers, name, captions),
    };
    checkCloseToLargest(found[`d ${name}`] as Tensor, expected, FLOAT32_CHAIN, `d ${name}`);
  }
}

describe("loss, logits and gradients equal the formula in float64", () => {
  test.each([
    ["captions that differ", ["a", "b", "c", "d"], 10],
    ["two equal captions", ["a", "b", "a"], 10],
    ["captions that are all equal", ["a", "a", "a"], 10],
    ["two pictures", ["a", "b"], 10],
    ["CLIP's largest scale", ["a", "b", "c"], 100],
    ["a scale below 1", ["a", "b", "c"], 0.5],
  ])("with %s", async (_, captions, scale) => {
    await checkAgainstReference(drawPairs(5, captions, Math.log(scale)));
  });

  test("with any features and captions", async () => {
    const captions = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000), captions, async (seed, list) => {
        await checkAgainstReference(drawPairs(seed, list));
      }),
      { numRuns: 15 },
    );
  });
});

test("a batch of one pair has nothing to choose: no loss and no gradient", async () => {
  const pairs = drawPairs(2, ["a"]);
  const found = await runLoss(pairs);
  expect(found.loss?.data[0]).toBeCloseTo(0, 12);
  const cosineOfPair = cosine([...pairs.images], [...pairs.texts]);
  expect(found.logits?.data[0]).toBeCloseTo(10 * cosineOfPair, 5);
  for (const name of INPUTS) {
    const slopes = [...(found[`d ${name}`]?.data ?? [])].map(Number);
    expect(slopes.length, name).toBeGreaterThan(0);
    for (const slope of slopes) expect(slope, name).toBeCloseTo(0, 12);
  }
});

test("pictures with one caption do not push each other away", async () => {
  // Both pictures agree with the caption that they share, and both captions with both pictures: nothing is left to learn.
  const row = [1, 2, -1, 0.5];
  const pairs = (captions: readonly string[]): Pairs => ({
    images: Float32Array.from([...row, ...row]),
    texts: Float32Array.from([...row, ...row]),
    logitScale: Float32Array.of(2),
    captions,
  });
  const shared = await runLoss(pairs(["a dog", "a dog"]));
  expect(shared.loss?.data[0]).toBeCloseTo(Math.log(2), 6);
  expect(shared["d logitScale"]?.data[0]).toBeCloseTo(0, 6);
  // Moving one picture off the caption costs more than before.
  const moved = pairs(["a dog", "a dog"]);
  moved.images[0] = -3;
  expect(Number((await runLoss(moved)).loss?.data[0])).toBeGreaterThan(Math.log(2) + 0.1);
});

test("for equal captions with equal features the identity gives the same loss and gradients for what made them", async () => {
  const shared = drawPairs(8, ["a", "b", "a"]);
  shared.texts.set(shared.texts.subarray(0, WIDTH), 2 * WIDTH);
  const found = await runLoss(shared);
  const apart = await runLoss({ ...shared, captions: ["a", "b", "c"] });
  for (const name of ["loss", "logits", "d images", "d logitScale"]) {
    checkCloseToLargest(found[name] as Tensor, apart[name] as Tensor, FLOAT32_CHAIN, name);
  }
  // Both rows are one caption's feature: its gradient is their sum.
  const sumOf = (result: Record<string, Tensor>) => {
    const slopes = result["d texts"]?.data as Float32Array;
    return { shape: [WIDTH], data: slopes.slice(0, WIDTH).map((slope, i) => slope + slopes[2 * WIDTH + i]!) };
  };
  checkCloseToLargest(sumOf(found), sumOf(apart), FLOAT32_CHAIN, "d texts");
});

test("the loss is the logarithm of the batch where all features are equal", async () => {
  const captions = ["a", "b", "c", "d", "e"];
  const equal = new Float32Array(captions.length * WIDTH).fill(0.3);
  const { loss } = await runLoss({
    images: equal,
    texts: equal,
    logitScale: Float32Array.of(3),
    captions,
  });
  expect(loss?.data[0]).toBeCloseTo(Math.log(5), 5);
});

test.each<[string, Partial<Record<"images" | "texts" | "scale" | "targets", Shape>>, string]>([
  ["another number of captions", { texts: [1, 4] }, "[2, 4], [1, 4], [], [2, 2]"],
  ["another width", { texts: [2, 3] }, "[2, 4], [2, 3], [], [2, 2]"],
  ["features of more axes", { images: [2, 4, 1] }, "[2, 4, 1], [2, 4], [], [2, 2]"],
  ["a scale for each picture", { scale: [2, 1] }, "[2, 4], [2, 4], [2, 1], [2, 2]"],
  ["targets that would be stretched", { targets: [1, 2] }, "[2, 4], [2, 4], [], [1, 2]"],
])("%s are refused", (_, shapes, got) => {
  const { images = [2, 4], texts = [2, 4], scale = [], targets = [2, 2] } = shapes;
  const g = new GraphBuilder();
  const input = {
    imageFeatures: g.input("images", "float32", images),
    textFeatures: g.input("texts", "float32", texts),
    logitScale: g.input("scale", "float32", scale),
    targets: g.input("targets", "float32", targets),
  };
  const build = () => contrastiveLoss(g, input);
  expect(build).toThrow(ShapeError);
  expect(build).toThrow(
    `contrastiveLoss: expected image features [N, D], text features [N, D], a scale [] and targets [N, N], got ${got}. ` +
      "Give every picture one caption.",
  );
});

describe("matchEqualCaptions", () => {
  test("gives the identity where captions differ", () => {
    expect(matchEqualCaptions(["a", "b", "c"])).toEqual(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1));
  });

  test("shares a caption's pictures among its occurrences", () => {
    expect(matchEqualCaptions(["a", "b", "a"])).toEqual(Float32Array.of(0.5, 0, 0.5, 0, 1, 0, 0.5, 0, 0.5));
  });

  test("tells captions apart that are names of an object's own properties", () => {
    expect(matchEqualCaptions(["constructor", "__proto__"])).toEqual(Float32Array.of(1, 0, 0, 1));
  });

  test("is symmetric, its rows sum to 1, and only equal captions match", () => {
    const captions = fc.array(fc.string({ maxLength: 2, unit: fc.constantFrom("a", "b", " ") }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(captions, (list) => {
        const count = list.length;
        const targets = matchEqualCaptions(list);
        expect(targets).toHaveLength(count * count);
        for (let i = 0; i < count; i++) {
          const row = targets.subarray(i * count, (i + 1) * count);
          expect(row.reduce((total, share) => total + share, 0)).toBeCloseTo(1, 6);
          row.forEach((share, j) => {
            expect(share > 0).toBe(list[i] === list[j]);
            expect(share).toBe(targets[j * count + i]);
          });
        }
      }),
    );
  });
});
