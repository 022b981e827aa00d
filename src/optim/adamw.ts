import { checkOption } from "./check-option.ts";
import { gradientOf, type Optimizer } from "./optimizer.ts";
import { createParameterSlots } from "./parameter-slots.ts";
import { numberTensor, readNumber } from "./saved-state.ts";

/** What AdamW can be set to; PyTorch's values if not given. */
export interface AdamWOptions {
  /** Decay of the first moment a step, in [0, 1); 0.9. */
  readonly b1?: number;
  /** Decay of the second moment a step, in [0, 1); 0.999. */
  readonly b2?: number;
  /** Added to the square root of the second moment; 1e-8. */
  readonly eps?: number;
  /** Share of a parameter, times the learning rate, that a step takes off; 0.01. */
  readonly weightDecay?: number;
  /** Which parameters decay, by name; all if not given. */
  readonly decays?: (name: string) => boolean;
}

/** Factors of one parameter's step, float32. */
interface AdamWFactors {
  readonly shrink: number;
  readonly b1: number;
  readonly b2: number;
  readonly stepSize: number;
  /** Square root of the second moment's bias correction. */
  readonly correction: number;
  readonly eps: number;
}

const STEPS_PREFIX = "steps.";

/**
 * AdamW in PyTorch's order of operations: `p = p (1 - learningRate weightDecay)`, `mu = b1 mu + (1 - b1) g`,
 * `nu = b2 nu + (1 - b2) g^2`, `p = p - learningRate / (1 - b1^t) mu / (sqrt(nu) / sqrt(1 - b2^t) + eps)`, t from 1 for each
 * parameter. Elements in float32; what is the same for all of them is computed in float64 first.
 *
 * @throws {ConfigError} if an option is out of its range
 * @see Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101;
 * https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
export function createAdamW(options: AdamWOptions = {}): Optimizer {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, weightDecay = 0.01, decays = () => true } = options;
  checkOption("AdamW, b1", b1, "a number in [0, 1)", b1 >= 0 && b1 < 1);
  checkOption("AdamW, b2", b2, "a number in [0, 1)", b2 >= 0 && b2 < 1);
  checkOption("AdamW, eps", eps, "more than 0", eps > 0);
  checkOption("AdamW, weightDecay", weightDecay, "a number from 0", weightDecay >= 0);
  const firstMoments = createParameterSlots("mu.");
  const secondMoments = createParameterSlots("nu.");
  const steps = new Map<string, number>();
  return {
    step(parameters, gradients, learningRate) {
      for (const [name, parameter] of Object.entries(parameters)) {
        const gradient = gradientOf(gradients, name, parameter);
        const mu = firstMoments.of(name, parameter.length);
        const nu = secondMoments.of(name, parameter.length);
        const step = (steps.get(name) ?? 0) + 1;
        steps.set(name, step);
        const factors = {
          shrink: decays(name) ? Math.fround(1 - learningRate * weightDecay) : 1,
          b1,
          b2,
          stepSize: Math.fround(learningRate / (1 - b1 ** step)),
          correction: Math.fround(Math.sqrt(1 - b2 ** step)),
          eps: Math.fround(eps),
        };
        moveParameter({ parameter, gradient, mu, nu }, factors);
      }
    },
    state: () => ({
      ...firstMoments.state(),
      ...secondMoments.state(),
      ...Object.fromEntries([...steps].map(([name, step]) => [STEPS_PREFIX + name, numberTensor(step)])),
    }),
    restore(state) {
      firstMoments.restore(state);
      secondMoments.restore(state);
      steps.clear();
      for (const key of Object.keys(state)) {
        if (key.startsWith(STEPS_PREFIX)) steps.set(key.slice(STEPS_PREFIX.length), readNumber(state, key));
      }
    },
  };
}

interface MovedParameter {
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  readonly mu: Float32Array;
  readonly nu: Float32Array;
}

function moveParameter({ parameter, gradient, mu, nu }: MovedParameter, factors: AdamWFactors): void {
  const { shrink, stepSize, correction, eps } = factors;
  const [newShare, keptShare] = [Math.fround(1 - factors.b1), Math.fround(factors.b2)];
  const squareShare = Math.fround(1 - factors.b2);
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i]!;
    const kept = Math.fround(shrink * parameter[i]!);
    mu[i] = mu[i]! + newShare * Math.fround(g - mu[i]!);
    nu[i] = Math.fround(keptShare * nu[i]!) + Math.fround(Math.fround(squareShare * g) * g);
    const spread = Math.fround(Math.fround(Math.sqrt(nu[i]!)) / correction);
    parameter[i] = kept - Math.fround(Math.fround(stepSize * mu[i]!) / Math.fround(spread + eps));
  }
}
