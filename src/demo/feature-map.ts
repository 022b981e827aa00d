import type { FeatureMap, MapPoint } from "./demo-result.ts";

/** What a map is drawn of: normalised features, one row each. */
export interface FeatureMapInput {
  readonly images: readonly Float32Array[];
  /** Class of each image. */
  readonly imageLabels: readonly number[];
  /** Text feature of each class before training. */
  readonly before: readonly Float32Array[];
  /** And after it. */
  readonly after: readonly Float32Array[];
  /** Classes to show; two at least. */
  readonly labels: readonly number[];
}

/** Steps of the power method; far more than two dimensions of a dozen points need. */
const ITERATIONS = 200;

/**
 * Lays features out in two dimensions: the principal axes of the shown classes' mean image features.
 *
 * CLIP keeps pictures and texts apart, so each kind is centred on its own mean, and texts are scaled to spread as far as the class means:
 * what the map shows is on which side of the others a class lies, not how far texts are from pictures.
 */
export function mapFeatures({ images, imageLabels, before, after, labels }: FeatureMapInput): FeatureMap {
  const shown = new Set(labels);
  const means = labels.map((label) => meanOf(images.filter((_, index) => imageLabels[index] === label)));
  const imageCentre = meanOf(means);
  const textCentre = meanOf(labels.map((label) => before[label] as Float32Array));
  const centredMeans = means.map((mean) => subtract(mean, imageCentre));
  const axes = principalAxes(centredMeans);
  const textSpread = spread(labels.map((label) => subtract(before[label] as Float32Array, textCentre)));
  const scale = textSpread > 0 ? spread(centredMeans) / textSpread : 1;
  const place = (
    feature: ArrayLike<number>,
    centre: ArrayLike<number>,
    factor: number,
    label: number,
  ): MapPoint => {
    const [x = 0, y = 0] = axes.map((axis) => factor * dot(subtract(feature, centre), axis));
    return { x, y, label };
  };
  const texts = (features: readonly Float32Array[]) =>
    labels.map((label) => place(features[label] as Float32Array, textCentre, scale, label));
  return {
    labels,
    images: images.flatMap((image, index) => {
      const label = imageLabels[index] ?? 0;
      return shown.has(label) ? [place(image, imageCentre, 1, label)] : [];
    }),
    before: texts(before),
    after: texts(after),
  };
}

/**
 * The two directions along which centred rows vary most, by the power method.
 *
 * @returns two orthogonal vectors of length 1 (of zeros where the rows have fewer dimensions)
 */
export function principalAxes(rows: readonly ArrayLike<number>[]): [Float64Array, Float64Array] {
  const width = rows[0]?.length ?? 0;
  const first = powerMethod(rows, width, []);
  return [first, powerMethod(rows, width, [first])];
}

function powerMethod(
  rows: readonly ArrayLike<number>[],
  width: number,
  others: readonly Float64Array[],
): Float64Array {
  // Any start that is not orthogonal to the axis will do; the longest row, made orthogonal to the axes before, is not.
  const start = rows
    .map((row) => removeAxes(row, others))
    .reduce((a, b) => (norm(b) > norm(a) ? b : a), new Float64Array(width));
  let axis = normalized(start);
  for (let i = 0; i < ITERATIONS; i++) {
    const next = new Float64Array(width);
    for (const row of rows) {
      const weight = dot(row, axis);
      for (let j = 0; j < width; j++) next[j] = next[j]! + weight * (row[j] ?? 0);
    }
    axis = normalized(removeAxes(next, others));
  }
  return axis;
}

function removeAxes(vector: ArrayLike<number>, axes: readonly Float64Array[]): Float64Array {
  const rest = Float64Array.from(vector);
  for (const axis of axes) {
    const share = dot(rest, axis);
    for (let j = 0; j < rest.length; j++) rest[j] = rest[j]! - share * axis[j]!;
  }
  return rest;
}

function normalized(vector: Float64Array): Float64Array {
  const length = norm(vector);
  return length > 1e-12 ? vector.map((value) => value / length) : new Float64Array(vector.length);
}

function meanOf(rows: readonly ArrayLike<number>[]): Float64Array {
  const mean = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows)
    for (let j = 0; j < mean.length; j++) mean[j] = mean[j]! + (row[j] ?? 0) / rows.length;
  return mean;
}

function subtract(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: a.length }, (_, j) => (a[j] ?? 0) - (b[j] ?? 0));
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] ?? 0) * (b[j] ?? 0);
  return sum;
}

function norm(vector: ArrayLike<number>): number {
  return Math.sqrt(dot(vector, vector));
}

/** Root of the mean squared length. */
function spread(rows: readonly ArrayLike<number>[]): number {
  return Math.sqrt(rows.reduce((sum, row) => sum + dot(row, row), 0) / rows.length);
}
