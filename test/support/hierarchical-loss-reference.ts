/** A matrix as rows. */
export type Rows = readonly (readonly number[])[];

/** What LAMM's loss is taken at, in float64. */
export interface ReferenceLossInputs {
  /** Image features `[B, D]`, normalised. */
  readonly imageFeatures: Rows;
  /** Class of each picture, `[B]`. */
  readonly labels: readonly number[];
  /** Text features `[C, D]` of the learned prompts, of any length. */
  readonly textFeatures: Rows;
  /** Text features `[C, D]` of the original prompts, normalised. */
  readonly originalTextFeatures: Rows;
  /** s. */
  readonly logitScale: number;
  /** T. */
  readonly temperature: number;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length;
const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((number, i) => number * (b[i] ?? 0)));

/** `softmax(logits)`, as it is defined. */
export function softmaxOf(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  return powers.map((power) => power / sum(powers));
}

function logSoftmaxOf(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const logOfSum = largest + Math.log(sum(logits.map((logit) => Math.exp(logit - largest))));
  return logits.map((logit) => logit - logOfSum);
}

/** A row at length 1. */
export function normalizedRow(row: readonly number[]): number[] {
  return row.map((number) => number / Math.sqrt(dot(row, row)));
}

/** `mean_b -log softmax(Z_b)[y_b]`. */
export function referenceCrossEntropy(logits: Rows, labels: readonly number[]): number {
  return mean(logits.map((row, b) => -(logSoftmaxOf(row)[labels[b] ?? 0] ?? Number.NaN)));
}

/** `T^2 mean_b -sum_i softmax(Z_b / T)_i log softmax(Y_b / T)_i`: Gao et al. 2024, eq. 7. */
export function referenceDistillation(learned: Rows, original: Rows, temperature: number): number {
  const cooled = (row: readonly number[] | undefined) => (row ?? []).map((logit) => logit / temperature);
  const perImage = learned.map((row, b) => -dot(softmaxOf(cooled(row)), logSoftmaxOf(cooled(original[b]))));
  return temperature ** 2 * mean(perImage);
}

/** CE, COS and KD of the hierarchical loss, one picture and one class at a time. */
export function referenceLosses(inputs: ReferenceLossInputs): Record<"ce" | "cos" | "kd", number> {
  const { imageFeatures, labels, originalTextFeatures, logitScale, temperature } = inputs;
  const textFeatures = inputs.textFeatures.map(normalizedRow);
  const logitsOf = (features: Rows) =>
    imageFeatures.map((image) => features.map((text) => logitScale * dot(image, text)));
  const learned = logitsOf(textFeatures);
  return {
    ce: referenceCrossEntropy(learned, labels),
    cos: mean(labels.map((c) => 1 - dot(textFeatures[c] ?? [], originalTextFeatures[c] ?? []))),
    kd: referenceDistillation(learned, logitsOf(originalTextFeatures), temperature),
  };
}
