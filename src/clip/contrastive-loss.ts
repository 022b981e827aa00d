import { ShapeError } from "../errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { normalizeRows } from "./layers.ts";

/** Features of N pictures and of the captions that belong to them, and what tells which belong together. */
export interface ContrastiveInput {
  /** Raw image features, float32 `[N, D]`. */
  readonly imageFeatures: Value;
  /** Raw text features, float32 `[N, D]`. */
  readonly textFeatures: Value;
  /** ln s, float32 `[]`. */
  readonly logitScale: Value;
  /**
   * Which captions fit which picture, float32 `[N, N]`: symmetric, rows sum to 1; the identity where all captions differ.
   * @see matchEqualCaptions
   */
  readonly targets: Value;
}

/** The loss, and the cosines times s from which it is computed. */
export interface ContrastiveOutput {
  /** Mean loss of pictures and captions in nats, float32 `[]`. */
  readonly loss: Value;
  /** One row a picture, one column a caption: float32 `[N, N]`. */
  readonly logits: Value;
}

/**
 * CLIP's own loss: `logits = s cos(F, G)`, and half the cross-entropy of its rows (which caption fits the picture) plus half
 * that of its columns (which picture fits the caption).
 *
 * @throws {ShapeError} if the inputs do not fit together
 * @see Radford et al. 2021, https://arxiv.org/abs/2103.00020, figure 3
 */
export function contrastiveLoss(g: GraphBuilder, input: ContrastiveInput): ContrastiveOutput {
  checkPairs(input);
  const images = normalizeRows(g, input.imageFeatures);
  const texts = normalizeRows(g, input.textFeatures);
  const logits = g.mul(g.matMul(images, g.transpose(texts)), g.exp(input.logitScale));
  const [count = 0] = logits.shape;
  const both = g.add(g.logSoftmax(logits, 1), g.logSoftmax(logits, 0));
  const total = g.reduceSum(g.mul(both, input.targets));
  return { loss: g.mul(total, g.scalar(-0.5 / count)), logits };
}

/** Broadcasting would let other shapes pass, and give another loss. */
function checkPairs({ imageFeatures, textFeatures, logitScale, targets }: ContrastiveInput): void {
  const [count = 0, width = 0] = imageFeatures.shape;
  const fit =
    sameShape(imageFeatures.shape, [count, width]) &&
    sameShape(textFeatures.shape, [count, width]) &&
    sameShape(logitScale.shape, []) &&
    sameShape(targets.shape, [count, count]);
  if (fit) return;
  const shapes = [imageFeatures, textFeatures, logitScale, targets].map(({ shape }) => formatShape(shape));
  throw new ShapeError({
    where: "contrastiveLoss",
    expected: "image features [N, D], text features [N, D], a scale [] and targets [N, N]",
    got: shapes.join(", "),
    fix: "Give every picture one caption.",
  });
}

/**
 * Targets in which equal captions share their pictures: a caption that occurs n times fits each of them with 1/n, so that no picture
 * of "a dog" counts as wrong for another one's "a dog". Where equal captions have equal features too, the identity gives the same loss
 * and gradients, because what it takes from one of them it gives to the other.
 *
 * @returns row-major `[N, N]`, to be fed as {@link ContrastiveInput.targets}
 */
export function matchEqualCaptions(captions: readonly string[]): Float32Array {
  const count = captions.length;
  const targets = new Float32Array(count * count);
  const places = new Map<string, number[]>();
  captions.forEach((caption, index) => {
    const list = places.get(caption);
    if (list === undefined) places.set(caption, [index]);
    else list.push(index);
  });
  for (const list of places.values()) {
    for (const row of list) for (const column of list) targets[row * count + column] = 1 / list.length;
  }
  return targets;
}
