import { createTensor, type Tensor } from "../tensor/tensor.ts";

/** What stochastic gradient descent can be set to. */
export interface SgdOptions {
  /** Factor by which the step before carries on, in [0, 1). */
  readonly momentum: number;
  /** L2 penalty: this times the parameter is added to its gradient. */
  readonly weightDecay: number;
}

/** An optimiser over named float32 parameters, which it changes in place. */
export interface Optimizer {
  /**
   * Takes one step.
   *
   * @param parameters values by name, changed in place
   * @param gradients of the loss for each of them
   * @param learningRate of this step
   */
  step(
    parameters: Readonly<Record<string, Float32Array>>,
    gradients: Readonly<Record<string, Float32Array>>,
    learningRate: number,
  ): void;
  /** What later steps depend on, by name. */
  state(): Record<string, Tensor<"float32">>;
  /** Continues where {@link state} was taken. */
  restore(state: Readonly<Record<string, Tensor>>): void;
}

/**
 * SGD with momentum as PyTorch has it: `d = g + weightDecay p`, `v = momentum v + d` (v = d at the first step),
 * `p = p - learningRate v`, in float32.
 *
 * @see Sutskever et al. 2013; https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export function createSgd({ momentum, weightDecay }: SgdOptions): Optimizer {
  const velocities = new Map<string, Float32Array>();
  return {
    step(parameters, gradients, learningRate) {
      for (const [name, parameter] of Object.entries(parameters)) {
        const gradient = gradients[name] as Float32Array;
        const known = velocities.get(name);
        const velocity = known ?? new Float32Array(parameter.length);
        velocities.set(name, velocity);
        const carry = known === undefined ? 0 : momentum;
        for (let i = 0; i < parameter.length; i++) {
          const direction = Math.fround(gradient[i]! + weightDecay * parameter[i]!);
          velocity[i] = Math.fround(carry * velocity[i]!) + direction;
          parameter[i] = parameter[i]! - learningRate * velocity[i]!;
        }
      }
    },
    state: () =>
      Object.fromEntries(
        [...velocities].map(([name, velocity]) => [
          `velocity.${name}`,
          createTensor("float32", [velocity.length], velocity.slice()),
        ]),
      ),
    restore(state) {
      velocities.clear();
      for (const [name, tensor] of Object.entries(state)) {
        if (name.startsWith("velocity."))
          velocities.set(name.slice("velocity.".length), Float32Array.from(tensor.data as Float32Array));
      }
    },
  };
}
