import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";

/** `A = sum_j values[j] v_j v_j^T`. */
export interface SymmetricEigen {
  /** In rising order, `[n]`. */
  readonly values: Float64Array;
  /** Row j is v_j, of length 1: float64 `[n, n]`. */
  readonly vectors: Tensor<"float64">;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix, in float64. One decomposition serves every ridge: `(A + r I)^-1` has
 * the same vectors.
 *
 * @param matrix float64 `[n, n]`; only its symmetry is relied on
 */
export function symmetricEigen({ shape, data }: Tensor<"float64">): SymmetricEigen {
  const [size = 0] = shape;
  const matrix = new Matrix(size, size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) matrix.set(i, j, data[i * size + j]!);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) vectors[j * size + i] = eigenvectorMatrix.get(i, j);
  }
  return {
    values: Float64Array.from(realEigenvalues),
    vectors: createTensor("float64", [size, size], vectors),
  };
}
