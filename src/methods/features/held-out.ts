import type { Tensor } from "../../tensor/tensor.ts";

/** How logits did on pictures that were held out. */
export interface HeldOutScore {
  /** Mean of `-log softmax` at the true class, in nats. */
  readonly logLoss: number;
  /** In [0, 1]. */
  readonly accuracy: number;
}

/** Which pictures of a matrix of logits are judged. */
export interface Judged {
  /** Class of each picture, `[N]`. */
  readonly labels: readonly number[];
  /** Indices of the pictures that count. */
  readonly pictures: readonly number[];
}

/**
 * Log-loss and accuracy of held-out logits; both NaN where no picture is judged.
 *
 * @param logits `[N, C]`
 */
export function scoreHeldOut(
  { data, shape }: Tensor<"float64"> | Tensor<"float32">,
  { labels, pictures }: Judged,
): HeldOutScore {
  const classCount = shape[1] ?? 0;
  let loss = 0;
  let correct = 0;
  for (const picture of pictures) {
    const start = picture * classCount;
    const own = data[start + labels[picture]!]!;
    let first = start;
    for (let c = start; c < start + classCount; c++) if (data[c]! > data[first]!) first = c;
    const largest = data[first]!;
    let sum = 0;
    for (let c = start; c < start + classCount; c++) sum += Math.exp(data[c]! - largest);
    loss += Math.log(sum) + largest - own;
    // Of equal logits the first one counts, as in predictions: otherwise logits that are all the same would be right everywhere.
    if (first - start === labels[picture]) correct += 1;
  }
  return { logLoss: loss / pictures.length, accuracy: correct / pictures.length };
}

/** Log-losses this close, relative to their size, are a tie: less than what float32 leaves of a sum over pictures. */
const TIE = 1e-6;

/** Whether one score is better: by log-loss, which unlike accuracy tells near misses apart, and in a tie by accuracy. */
export function isBetter(score: HeldOutScore, than: HeldOutScore): boolean {
  const isTie = Math.abs(score.logLoss - than.logLoss) <= TIE * Math.abs(than.logLoss);
  return isTie ? score.accuracy > than.accuracy : score.logLoss < than.logLoss;
}

/** A setting with how it did. */
export interface Candidate<Setting> {
  readonly setting: Setting;
  readonly score: HeldOutScore;
}

/**
 * The best of the candidates; the first of equal ones.
 *
 * @param candidates at least one
 */
export function chooseBest<Setting>(candidates: readonly Candidate<Setting>[]): Candidate<Setting> {
  return candidates.reduce((best, candidate) => (isBetter(candidate.score, best.score) ? candidate : best));
}

/** The score of several sets of pictures as one. */
export function joinScores(parts: readonly (HeldOutScore & { readonly pictures: number })[]): HeldOutScore {
  const total = parts.reduce((sum, { pictures }) => sum + pictures, 0);
  const meanOf = (value: (score: HeldOutScore) => number) =>
    parts.reduce((sum, part) => sum + value(part) * part.pictures, 0) / total;
  return { logLoss: meanOf(({ logLoss }) => logLoss), accuracy: meanOf(({ accuracy }) => accuracy) };
}
