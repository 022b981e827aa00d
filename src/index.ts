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
export { type NearestTokensOptions, nearestTokens, type TokenNeighbour } from "./clip/nearest-tokens.ts";
export { type Preprocessing, preprocess, preprocessingOf } from "./clip/preprocess.ts";
export type { PromptEmbeddings } from "./clip/prompt-embeddings.ts";
export type { RgbImage } from "./clip/rgb-image.ts";
export type { TokenText } from "./clip/token-text.ts";
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
export {
  defineFeatureMethod,
  type FeatureFit,
  type FeatureMethod,
  type FeatureProblem,
  type FittedFeatures,
} from "./methods/feature-method.ts";
export { defaultLossWeights, type HierarchicalLossWeights } from "./methods/hierarchical-loss.ts";
export type { LearnableTokens } from "./methods/label-tokens.ts";
export {
  type DerivedPrompts,
  definePromptMethod,
  type Method,
  type OriginalPrompts,
  type PromptMethod,
  type PromptMethodDefinition,
  type PromptProblem,
  type PublishedSettings,
  type TrainedParameter,
  type Values,
} from "./methods/method.ts";
export { findMethod, methods } from "./methods/methods.ts";
export { frozenSlots, learnedSlots, type PromptFilling, type Slot } from "./methods/prompt-filling.ts";
export type { PromptSet } from "./methods/prompts.ts";
export type { Device, LoadOptions, Runtime, RuntimeOptions, Session } from "./runtime/runtime.ts";
export type { ArrayOf, Dtype } from "./tensor/dtype.ts";
export { normalizeFeatures } from "./tensor/normalize-features.ts";
export { createRandom, type Random } from "./tensor/random.ts";
export type { Shape } from "./tensor/shape.ts";
export { createTensor, type FileTensor, type StoredTensor, type Tensor } from "./tensor/tensor.ts";
export { toFloat32 } from "./tensor/to-float32.ts";
export { type Adapter, type Addition, type BaseModel, checkAdapterFits } from "./training/adapter.ts";
export { ADAPTER_FORMAT, parseAdapter, serializeAdapter } from "./training/adapter-file.ts";
export {
  type AdapterRejection,
  type Calibration,
  type CalibrationResult,
  calibrate,
} from "./training/calibrate.ts";
export { type CalibrationOptions, calibrationError } from "./training/calibration-error.ts";
export { type Classifier, type ClassifierOptions, openClassifier } from "./training/classifier.ts";
export { type CrossValidationOptions, crossValidate } from "./training/cross-validate.ts";
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
export { type FoldOptions, stratifiedFolds } from "./training/folds.ts";
export {
  type Interval,
  type PairedDifference,
  pairedDifference,
  wilsonInterval,
} from "./training/intervals.ts";
export type { LabelledLogits } from "./training/labelled-logits.ts";
export {
  type Confusion,
  type Evaluation,
  evaluatePredictions,
  type Guess,
  mostConfused,
  rowsOf,
  topGuesses,
} from "./training/metrics.ts";
export {
  findNearDuplicates,
  type NearDuplicate,
  type NearDuplicateOptions,
  type NearDuplicates,
} from "./training/near-duplicates.ts";
export type { PixelSet } from "./training/pixel-set.ts";
export { familiarity, fitRejection, isUnknown, type Rejection } from "./training/rejection.ts";
export { removeClass } from "./training/remove-class.ts";
export { renameClass } from "./training/rename-class.ts";
export { probabilitiesOf } from "./training/softmax.ts";
export { type SuspiciousLabel, suspiciousLabels } from "./training/suspicious-labels.ts";
export { fitTemperature } from "./training/temperature.ts";
export {
  type FeatureTrainConfig,
  type PromptTrainConfig,
  resolveTrainConfig,
  type TrainConfig,
  type TrainConfigInput,
} from "./training/train-config.ts";
export type { CheckpointStore, EpochReport } from "./training/trainer.ts";
