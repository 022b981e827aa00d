/**
 * The part of the library that runs anywhere: in Node, in workers, in browsers.
 *
 * @module
 */
export { gradients, type Seed } from "./autodiff/gradient.ts";
export { benchmarkTemplates } from "./clip/benchmark-templates.ts";
export { type ClipCheckpoint, createClip } from "./clip/clip-checkpoint.ts";
export type {
  Activation,
  ClipConfig,
  ResNetConfig,
  TextConfig,
  TransformerConfig,
  VitConfig,
} from "./clip/config.ts";
export { type Preprocessing, preprocess, preprocessingOf } from "./clip/preprocess.ts";
export type { RgbImage } from "./clip/rgb-image.ts";
export { type ClipTokenizer, createTokenizer, type TokenizerOptions } from "./clip/tokenizer.ts";
export type { ClipWeights } from "./clip/weights.ts";
export { classify, zeroShotFeatures } from "./clip/zero-shot.ts";
export { type Labelled, type Shots, sampleShots } from "./data/few-shot-sampling.ts";
export {
  ConfigError,
  DataError,
  EngineError,
  type ErrorDetails,
  LammError,
  ModelFileError,
  ShapeError,
  StorageError,
  UnsupportedOpError,
} from "./errors.ts";
export { GraphBuilder } from "./graph/builder.ts";
export type { Graph, Node, OpType, Value, ValueType } from "./graph/node.ts";
export type { OnnxModel } from "./graph/onnx-model.ts";
export { serializeGraph } from "./graph/serialize.ts";
export { defaultLossWeights, type HierarchicalLossWeights } from "./methods/hierarchical-loss.ts";
export type { LearnableTokens } from "./methods/label-tokens.ts";
export type { Device, LoadOptions, Runtime, RuntimeOptions, Session } from "./runtime/runtime.ts";
export type { ArrayOf, Dtype } from "./tensor/dtype.ts";
export { normalizeFeatures } from "./tensor/normalize-features.ts";
export type { Shape } from "./tensor/shape.ts";
export { createTensor, type FileTensor, type StoredTensor, type Tensor } from "./tensor/tensor.ts";
export { type Adapter, type Addition, type BaseModel, checkAdapterFits } from "./training/adapter.ts";
export { ADAPTER_FORMAT, parseAdapter, serializeAdapter } from "./training/adapter-file.ts";
export {
  type AdapterExplanation,
  type ClassExplanation,
  type ExplainOptions,
  explainPrompts,
  type NearToken,
  type ReadToken,
  type VectorExplanation,
} from "./training/explain-prompts.ts";
export type { FeatureSet } from "./training/feature-set.ts";
export { fitAdapter } from "./training/fit-adapter.ts";
export type { Fit, FitOptions } from "./training/fit-options.ts";
export {
  type Confusion,
  type Evaluation,
  evaluatePredictions,
  type Guess,
  mostConfused,
  topGuesses,
} from "./training/metrics.ts";
export { removeClass } from "./training/remove-class.ts";
export { renameClass } from "./training/rename-class.ts";
export { resolveTrainConfig, type TrainConfig, type TrainConfigInput } from "./training/train-config.ts";
export type { CheckpointStore, EpochReport } from "./training/trainer.ts";
