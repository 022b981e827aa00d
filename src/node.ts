/**
 * The library in Node: all that runs anywhere, and what needs files, the network or the native engine.
 *
 * @module
 */
export { EMBEDDED_MODEL } from "./clip/node/embedded-model.ts";
export type { DownloadProgress } from "./clip/node/hub-download.ts";
export {
  type LoadClipOptions,
  type LoadedWeights,
  loadClip,
  loadClipWeights,
} from "./clip/node/load-clip.ts";
export type { HubProbe } from "./clip/node/probe-hub.ts";
export { decodeImage, readImage } from "./data/decode-image.ts";
export {
  type ImageFolder,
  type ImageFolderOptions,
  type LabelledPicture,
  readImageFolder,
} from "./data/image-folder.ts";
// The one star: everything in that list is in this one.
export * from "./index.ts";
export { createNodeRuntime, listDevices } from "./runtime/onnxruntime-node.ts";
export { type AddClassesOptions, type AddClassesResult, addClasses } from "./tasks/add-classes.ts";
export {
  chooseDefaultModel,
  DEFAULT_MODEL,
  type ModelChoice,
  type ModelChoiceOptions,
} from "./tasks/default-model.ts";
export type { EncodeOptions, EncodingProgress, UnreadablePicture } from "./tasks/encode-pictures.ts";
export { type AdapterEvaluation, evaluateAdapter } from "./tasks/evaluate.ts";
export {
  type AdditionEvaluation,
  type EvaluateAdditionOptions,
  evaluateAddition,
} from "./tasks/evaluate-addition.ts";
export { type ExplainAdapterOptions, explainAdapter } from "./tasks/explain-adapter.ts";
export { type OpenModel, type OpenModelOptions, openModel } from "./tasks/open-model.ts";
export { type Prediction, type Predictions, predictPictures } from "./tasks/predict.ts";
export { type TrainOptions, type TrainResult, trainOnFolder } from "./tasks/train.ts";
export { evaluateZeroShot, type ZeroShotResult } from "./tasks/zero-shot.ts";
export type { AdditionAccuracy, BeforeAfter } from "./training/addition-accuracy.ts";
export { readAdapter } from "./training/node/read-adapter.ts";
export { saveAdapter } from "./training/node/save-adapter.ts";
export type { AdditionConfigInput } from "./training/plan-addition.ts";
