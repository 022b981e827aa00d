import type { Shape } from "../../src/tensor/shape.ts";

/** How a part of a tensor is drawn: normally, from a stream of its own. */
export interface RandomPart {
  /** Names the stream. It is the same in every layout, so that one seed is one model whatever the layout. */
  readonly stream: string;
  readonly size: number;
  readonly mean: number;
  readonly deviation: number;
}

/** A tensor of a random checkpoint. */
export interface TensorRecipe {
  readonly name: string;
  readonly shape: Shape;
  /** One after the other; a fused matrix has three. */
  readonly parts: readonly RandomPart[];
  /** Whether the matrix is drawn as its transpose. */
  readonly transposed?: boolean;
}

/** Mean and standard deviation of a tensor's elements. */
export interface Distribution {
  readonly mean?: number;
  readonly deviation: number;
}

/** Adds a tensor of one part whose stream has its name. */
export type AddTensor = (name: string, shape: Shape, distribution: Distribution) => void;

/** OpenAI starts from exact ones and zeros; a little noise makes a misplaced norm or bias visible. */
export const NORM_WEIGHT: Distribution = { mean: 1, deviation: 0.02 };
/** As {@link NORM_WEIGHT}. */
export const BIAS: Distribution = { deviation: 0.02 };
