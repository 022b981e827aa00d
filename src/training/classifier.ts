import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { classify } from "../clip/zero-shot.ts";
import { ConfigError, ModelFileError } from "../errors.ts";
import { LABEL_TOKENS } from "../methods/label-tokens.ts";
import type { Method, PromptMethodDefinition } from "../methods/method.ts";
import { methods as allMethods } from "../methods/methods.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { StoredTensor, Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import { classRowCounts } from "./class-parameters.ts";
import { createPromptMethod } from "./fit-prompts.ts";
import { PromptObjective } from "./prompt-objective.ts";
import {
  effectiveSettings,
  methodOfLabel,
  type PromptTrainConfig,
  resolveTrainConfig,
} from "./train-config.ts";

/** What scores pictures as an adapter learned to. */
export interface Classifier {
  /**
   * Logits of pictures, whose softmax are the probabilities.
   *
   * @param features normalised, of the adapter's own image tower where it has prompts for that, float32 `[N, D]`
   * @returns float32 `[N, C]`
   */
  score(features: Tensor<"float32">): Promise<Tensor<"float32">>;
  /** Frees the engine's memory. */
  release(): Promise<void>;
}

/** What a classifier is opened with. */
export interface ClassifierOptions {
  readonly adapter: Adapter;
  readonly runtime: Runtime;
  /** Needed where prompts depend on the picture. */
  readonly clip?: ClipCheckpoint;
  /** Methods to choose from; all that come with the library if not given. */
  readonly methods?: readonly Method[];
  /** Brings a stored tensor into memory as float32. */
  readonly readFloat32: (stored: StoredTensor) => Float32Array;
}

/**
 * Opens the classifier of an adapter.
 *
 * @throws {ConfigError} if its method is unknown, or a model is needed and not given
 */
export function openClassifier(options: ClassifierOptions): Classifier {
  const { adapter, methods = allMethods } = options;
  const method = methodOfLabel(adapter.method, methods);
  const { textFeatures, logitScale, parameters, hyperparameters = {} } = adapter;
  if (method.kind === "features") {
    const fitted = {
      tensors: parameters,
      hyperparameters,
      logitScale,
      ...(textFeatures && { textFeatures }),
    };
    return { score: async (features) => method.score(fitted, features), release: async () => {} };
  }
  if (textFeatures !== undefined) {
    return {
      score: async (features) => classify(features, textFeatures, logitScale),
      release: async () => {},
    };
  }
  return openConditional(method, options);
}

/** A classifier whose text features depend on the picture: the text tower runs for each. */
function openConditional(
  definition: PromptMethodDefinition,
  { adapter, runtime, clip, readFloat32, methods }: ClassifierOptions,
): Classifier {
  if (clip === undefined) {
    throw new ConfigError({
      where: `classifier of "${adapter.method}"`,
      expected: "the CLIP that it was trained for, as its prompts depend on the picture",
      got: "none",
    });
  }
  const { logitScale } = adapter;
  const { loss, ...config } = effectiveSettings(adapter.config);
  const resolved = resolveTrainConfig(config, methods) as PromptTrainConfig;
  const method = createPromptMethod(definition, resolved, {
    clip,
    classNames: adapter.promptNames ?? adapter.classNames,
    readFloat32,
    // The tokens of classes that came later were counted by themselves.
    tokenCounts: classRowCounts(adapter, LABEL_TOKENS),
  });
  if (!method.readsImageFeatures) {
    throw new ModelFileError({
      where: `adapter of "${adapter.method}"`,
      expected: "text features, as its prompts are the same for all pictures",
      got: "none",
      fix: "The file is damaged; train it again.",
    });
  }
  const parameters = Object.fromEntries(
    method.parameters.map(({ name, initial }) => {
      const data = adapter.parameters[name]?.data;
      if (data?.length === initial.data.length) return [name, data];
      throw new ModelFileError({
        where: `adapter of "${adapter.method}", parameter "${name}"`,
        expected: `${initial.data.length} numbers`,
        got: data === undefined ? "none" : `${data.length}`,
        fix: "Train it again.",
      });
    }),
  );
  const tower = { config: clip.config.text, weights: clip.weights.text };
  const lossWeights = { parameters: 0, features: 0, logits: 0, temperature: 1 };
  const objective = new PromptObjective({ runtime, tower, method, lossWeights, logitScale });
  return {
    score: (features) => objective.score(parameters, features),
    release: () => objective.release(),
  };
}
