import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import { centreByClass, classMeans, type LabelledFeatures } from "./class-statistics.ts";
import { multiplyTransposed, transpose } from "./matrix-product.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/**
 * One Gaussian a class, all of one covariance, whose inverse is `P = D ((N - 1) S + h tr(S) I)^-1` for any shrinkage h. All
 * numbers are in the basis of S's eigenvectors, where that inverse is a division by a diagonal.
 */
export interface Gaussians {
  /** Rows are the basis, float64 `[D, D]`. */
  readonly basis: Tensor<"float64">;
  /** Eigenvalues of `(N - 1) S`, `[D]`. */
  readonly scatter: Float64Array;
  /** tr(S). */
  readonly trace: number;
  /** Class means, float64 `[C, D]`. */
  readonly means: Tensor<"float64">;
  /** The support set, float64 `[N, D]`. */
  readonly pictures: Tensor<"float64">;
}

/** Ridge where there is no scatter at all, as with one picture: any number, as the weight of the logits makes up for it. */
const NO_SCATTER = 1;

/**
 * Class means and the covariance they share.
 *
 * With one picture a class there is no scatter within classes; that of all pictures around their mean takes its place. It has
 * what tells classes apart in it too, but also the directions in which all pictures of CLIP vary, whatever they show.
 *
 * @param counts pictures of each class
 */
export function fitGaussians(support: LabelledFeatures, counts: readonly number[]): Gaussians {
  const [pictures = 0, width = 0] = support.features.shape;
  const means = classMeans(support, counts);
  const isSpread = counts.some((count) => count > 1);
  const around = isSpread
    ? centreByClass(support, means)
    : centreByClass({ ...support, labels: support.labels.map(() => 0) }, meanOf(means));
  const columns = transpose(around);
  const { values, vectors } = symmetricEigen(multiplyTransposed(columns, columns));
  // Rounding leaves tiny negative numbers where there is no scatter.
  const scatter = values.map((value) => Math.max(value, 0));
  return {
    basis: vectors,
    scatter,
    trace: scatter.reduce((sum, value) => sum + value, 0) / Math.max(pictures - 1, 1),
    means: multiplyTransposed(means, vectors),
    pictures: multiplyTransposed(
      createTensor("float64", [pictures, width], Float64Array.from(support.features.data)),
      vectors,
    ),
  };
}

/** The mean of all rows: float64 `[1, D]`. */
function meanOf({ shape, data }: Tensor<"float64">): Tensor<"float64"> {
  const [rows = 0, width = 0] = shape;
  const mean = new Float64Array(width);
  for (let i = 0; i < data.length; i++) mean[i % width]! += data[i]! / rows;
  return createTensor("float64", [1, width], mean);
}

/** Diagonal of P in the basis, `[D]`. */
function precisionOf({ scatter, trace }: Gaussians, shrinkage: number): Float64Array {
  const ridge = shrinkage * trace;
  return scatter.map((value) => (trace === 0 ? 1 / NO_SCATTER : scatter.length / (value + ridge)));
}

/** `P` times each row, in the basis. */
function scaleColumns({ shape, data }: Tensor<"float64">, factors: Float64Array): Tensor<"float64"> {
  const width = factors.length;
  return createTensor(
    "float64",
    shape,
    data.map((number, i) => number * factors[i % width]!),
  );
}

/** A linear classifier. */
export interface LinearClassifier {
  /** float64 `[C, D]`. */
  readonly weight: Tensor<"float64">;
  /** `[C]`. */
  readonly bias: Float64Array;
}

/** `w = mu P` and `b = log(1 / C) - diag(mu P mu^T) / 2`: the discriminant of equally frequent classes. */
export function gaussianClassifier(gaussians: Gaussians, shrinkage: number): LinearClassifier {
  const { basis, means } = gaussians;
  const [classCount = 0, width = 0] = means.shape;
  const weight = scaleColumns(means, precisionOf(gaussians, shrinkage));
  const bias = new Float64Array(classCount).fill(-Math.log(classCount));
  for (let i = 0; i < weight.data.length; i++) {
    bias[Math.floor(i / width)]! -= (weight.data[i]! * means.data[i]!) / 2;
  }
  return { weight: multiplyTransposed(weight, transpose(basis)), bias };
}

/**
 * Logits of each picture by the Gaussians of all others: its class's mean and the scatter without it, the ridge `h tr(S)` as
 * it is. Rows of pictures that are the only ones of their class are left as with them.
 *
 * Without picture x of a class of n pictures the scatter is less `k u u^T`, u = x - mu, k = n / (n - 1), and the mean is
 * `mu - u / (n - 1)`; by Sherman and Morrison the inverse gains `k q q^T / (1 - k u q)`, q = M^-1 u. So all N fits cost
 * no more than products that are computed once.
 *
 * @returns float64 `[N, C]`
 */
export function leaveOneOutLogits(
  gaussians: Gaussians,
  { labels, counts, shrinkage }: { labels: readonly number[]; counts: readonly number[]; shrinkage: number },
): Tensor<"float64"> {
  const { means, pictures } = gaussians;
  const [classCount = 0, width = 0] = means.shape;
  const precision = precisionOf(gaussians, shrinkage);
  const weight = scaleColumns(means, precision);
  const toMeans = multiplyTransposed(pictures, weight);
  const amongMeans = multiplyTransposed(means, weight).data;
  const logits = toMeans.data;
  labels.forEach((label, picture) => {
    const row = logits.subarray(picture * classCount, (picture + 1) * classCount);
    let own = 0;
    for (let i = 0; i < width; i++) own += precision[i]! * pictures.data[picture * width + i]! ** 2;
    const meansRow = amongMeans.subarray(label * classCount, (label + 1) * classCount);
    const meanNorms = (c: number) => amongMeans[c * classCount + c]!;
    discriminateWithout(row, { label, count: counts[label] ?? 1, own, meansRow, meanNorms, width });
  });
  return toMeans;
}

interface LeftOut {
  readonly label: number;
  /** n, pictures of its class. */
  readonly count: number;
  /** `x P x^T`. */
  readonly own: number;
  /** `mu_label P mu_c^T` of each class. */
  readonly meansRow: Float64Array;
  /** `mu_c P mu_c^T`. */
  readonly meanNorms: (c: number) => number;
  /** D: P is D times the inverse. */
  readonly width: number;
}

/** Turns a row `x P mu_c^T` into the discriminants without x, in place. */
function discriminateWithout(
  row: Float64Array,
  { label, count, own, meansRow, meanNorms, width }: LeftOut,
): void {
  const prior = -Math.log(row.length);
  const toOwn = row[label]!;
  const ownNorm = meanNorms(label);
  if (count === 1) {
    for (let c = 0; c < row.length; c++) row[c] = prior + row[c]! - meanNorms(c) / 2;
    return;
  }
  // x P u^T, u P u^T, and the factor of P u^T u P that the inverse gains. P is D times the inverse.
  const xu = own - toOwn;
  const uu = own - 2 * toOwn + ownNorm;
  const factor = count / (count - 1) / width;
  const gain = factor / (1 - factor * uu);
  for (let c = 0; c < row.length; c++) {
    const isOwn = c === label;
    const along = isOwn ? toOwn - ownNorm : row[c]! - meansRow[c]!;
    const toMean = isOwn ? toOwn - xu / (count - 1) : row[c]!;
    const u = isOwn ? along - uu / (count - 1) : along;
    const meanNorm = isOwn ? ownNorm - (2 * along) / (count - 1) + uu / (count - 1) ** 2 : meanNorms(c);
    row[c] = prior + toMean + gain * xu * u - (meanNorm + gain * u * u) / 2;
  }
}
