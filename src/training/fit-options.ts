import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import type { Method } from "../methods/method.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { StoredTensor, Tensor } from "../tensor/tensor.ts";
import type { Adapter, BaseModel } from "./adapter.ts";
import type { FeatureSet } from "./feature-set.ts";
import type { PixelSet } from "./pixel-set.ts";
import type { TrainConfig } from "./train-config.ts";
import type { RunOptions } from "./trainer.ts";

/** What an adapter is fitted to, and with. */
export interface FitOptions extends RunOptions {
  readonly runtime: Runtime;
  /** Needed by methods that learn prompts, and for the words of others; without it a method works on features alone. */
  readonly clip?: ClipCheckpoint;
  readonly baseModel: BaseModel;
  readonly classNames: readonly string[];
  /** Pixels for methods that prompt the image tower, features for all others. */
  readonly data: FeatureSet | PixelSet;
  readonly config: TrainConfig;
  /** Methods to choose from; all that come with the library if not given. */
  readonly methods?: readonly Method[];
  /** Text features that a method on features builds on, where they are known already: normalised, float32 `[C, D]`. */
  readonly textFeatures?: Tensor<"float32">;
  /** Text features of classes that were learned before and stay as they are, normalised, float32 `[N, D]`: fixed negatives. */
  readonly fixedTextFeatures?: Tensor<"float32">;
  /** Parameters of a prompt method that stay as they were learned before, float32 by name: a context to which classes are added. */
  readonly frozenParameters?: Readonly<Record<string, Tensor<"float32">>>;
  /** Where parameters of a prompt method start instead of where the method has them start, float32 by name: an earlier training. */
  readonly initialParameters?: Readonly<Record<string, Tensor<"float32">>>;
  /** Brings a stored tensor into memory as float32. */
  readonly readFloat32: (stored: StoredTensor) => Float32Array;
}

/** A fitted adapter and what it took. */
export interface Fit {
  readonly adapter: Adapter;
  /** Passes of the text tower, forward and back over all classes. */
  readonly passes: number;
}
