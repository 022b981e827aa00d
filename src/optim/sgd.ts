import { checkOption } from "./check-option.ts";
import { gradientOf, type Optimizer } from "./optimizer.ts";
import { createParameterSlots } from "./parameter-slots.ts";

/** What stochastic gradient descent can be set to. */
export interface SgdOptions {
  /** Factor by which the step before carries on, in [0, 1). */
  readonly momentum: number;
  /** L2 penalty: this times the parameter is added to its gradient. */
  readonly weightDecay: number;
  /** Looks one step ahead along the momentum; not if not given. */
  readonly nesterov?: boolean;
}

/**
 * SGD with momentum as PyTorch has it, without dampening: `d = g + weightDecay p`, `v = momentum v + d` (v = d at the first
 * step), `p = p - learningRate v`; with Nesterov's `p = p - learningRate (d + momentum v)`. In float32.
 *
 * @throws {ConfigError} if an option is out of its range, or `nesterov` comes without momentum
 * @see Sutskever et al. 2013; https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export function createSgd({ momentum, weightDecay, nesterov = false }: SgdOptions): Optimizer {
  checkOption("SGD, momentum", momentum, "a number in [0, 1)", momentum >= 0 && momentum < 1);
  checkOption("SGD, momentum", momentum, "more than 0 with nesterov", !nesterov || momentum > 0);
  checkOption("SGD, weightDecay", weightDecay, "a number from 0", weightDecay >= 0);
  const ahead = nesterov ? momentum : 0;
  const velocities = createParameterSlots("velocity.");
  return {
    step(parameters, gradients, learningRate) {
      for (const [name, parameter] of Object.entries(parameters)) {
        const gradient = gradientOf(gradients, name, parameter);
        // The first velocity is the gradient itself: nothing carries over.
        const carry = velocities.has(name) ? momentum : 0;
        const velocity = velocities.of(name, parameter.length);
        moveParameter({ parameter, gradient, velocity }, { learningRate, weightDecay, carry, ahead });
      }
    },
    state: () => velocities.state(),
    restore: (state) => velocities.restore(state),
  };
}

interface MovedParameter {
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  readonly velocity: Float32Array;
}

interface SgdFactors {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Share of the velocity that carries over. */
  readonly carry: number;
  /** Nesterov's look ahead: the momentum, or 0 without. */
  readonly ahead: number;
}

function moveParameter({ parameter, gradient, velocity }: MovedParameter, factors: SgdFactors): void {
  // PyTorch rounds factors to float32 before it multiplies by them.
  const [rate, decay] = [Math.fround(factors.learningRate), Math.fround(factors.weightDecay)];
  const [carry, ahead] = [Math.fround(factors.carry), Math.fround(factors.ahead)];
  for (let i = 0; i < parameter.length; i++) {
    // Products of two float32 are exact in float64, so this rounds once, as a fused multiply-add does.
    const direction = Math.fround(gradient[i]! + decay * parameter[i]!);
    velocity[i] = carry === 0 ? direction : Math.fround(carry * velocity[i]!) + direction;
    const step = ahead === 0 ? velocity[i]! : Math.fround(direction + ahead * velocity[i]!);
    parameter[i] = parameter[i]! - rate * step;
  }
}
