/** Keeps the factor below 1 where the norm is the limit itself, as PyTorch does. */
const EPS = 1e-6;

/**
 * Scales gradients in place so that all of them together, as one vector, have at most a given 2-norm: by
 * `maxNorm / (norm + 1e-6)` where that is below 1. A norm that is not finite leaves them as they are: the caller decides
 * whether to skip the step.
 *
 * @param gradients by name
 * @param maxNorm more than 0
 * @returns the norm before, summed in float64
 * @see Pascanu et al. 2013, https://arxiv.org/abs/1211.5063;
 * https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 */
export function clipGradientNorm(gradients: Readonly<Record<string, Float32Array>>, maxNorm: number): number {
  const all = Object.values(gradients);
  let squares = 0;
  for (const gradient of all)
    for (let i = 0; i < gradient.length; i++) squares += gradient[i]! * gradient[i]!;
  const norm = Math.sqrt(squares);
  const factor = Math.fround(maxNorm / (norm + EPS));
  if (factor < 1 && Number.isFinite(norm)) {
    for (const gradient of all) for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! * factor;
  }
  return norm;
}
