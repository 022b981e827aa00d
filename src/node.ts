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
export { defaultDataFolder } from "./data/datasets/data-folder.ts";
export type {
  Dataset,
  DatasetDefinition,
  DatasetState,
  MissingPart,
  WrittenSplit,
} from "./data/datasets/dataset.ts";
export {
  benchmarkNames,
  datasetDefinitions,
  findDataset,
  inspectDatasets,
  pictureWorldNames,
} from "./data/datasets/registry.ts";
export type { Split, SplitPicture } from "./data/datasets/split.ts";
export {
  defineSplitDataset,
  type PublishedSplit,
  type SplitDatasetOptions,
} from "./data/datasets/split-dataset.ts";
export type { ListFile, SplitMaker } from "./data/datasets/split-maker.ts";
export { decodeImage, readImage } from "./data/decode-image.ts";
export { type FeatureFile, type FeaturePart, openFeatureFile } from "./data/feature-file.ts";
export {
  type ImageFolder,
  type ImageFolderOptions,
  type LabelledPicture,
  readImageFolder,
} from "./data/image-folder.ts";
export type { Cell, CellTask, Ingredients, ZeroShotConfig } from "./experiments/cell.ts";
export { type CellContext, type CellPlaces, createCellContext } from "./experiments/cell-context.ts";
export type { CellResult } from "./experiments/cell-run.ts";
export { chooseAxes } from "./experiments/choose-axes.ts";
export { type Experiment, experiments, findExperiment } from "./experiments/experiments.ts";
export { createInProcessRunner } from "./experiments/in-process-runner.ts";
export type { MethodSettings } from "./experiments/method-settings.ts";
export {
  type GridAxes,
  type GridCell,
  type GridPart,
  gridCells,
  type PlannedRow,
  planRows,
  type Variant,
} from "./experiments/plan-grid.ts";
export { createProcessPool, type ProcessPoolOptions } from "./experiments/process-pool.ts";
export {
  type CellComparison,
  type Contender,
  compareOverCells,
} from "./experiments/report/compare-over-cells.ts";
export {
  type AverageSummary,
  type SeedSummary,
  summarizeDatasets,
  summarizeSeeds,
} from "./experiments/report/summarize.ts";
export { writeReport } from "./experiments/report/write-report.ts";
export type { ExperimentName, Metrics, ResultRow, ResultTable } from "./experiments/result-row.ts";
export {
  type Outcome,
  openResultStore,
  type ResultStore,
  readResultTable,
} from "./experiments/result-store.ts";
export {
  type CellRunner,
  type CellWatch,
  type GridOptions,
  type GridProgress,
  type GridSummary,
  runGrid,
} from "./experiments/run-grid.ts";
// The one star: everything in that list is in this one.
export * from "./index.ts";
export { createNodeRuntime, listDevices } from "./runtime/onnxruntime-node.ts";
export { type AddClassesOptions, type AddClassesResult, addClasses } from "./tasks/add-classes.ts";
export type { SuspiciousPicture } from "./tasks/calibrate-adapter.ts";
export { type Comparison, compareMethods, compareOnSource, quickMethods } from "./tasks/compare.ts";
export type { CompareOptions, MethodResult, ScoredShare } from "./tasks/contest.ts";
export { openDatasetSource } from "./tasks/dataset-source.ts";
export {
  chooseDefaultModel,
  DEFAULT_MODEL,
  type ModelChoice,
  type ModelChoiceOptions,
} from "./tasks/default-model.ts";
export type { Doubts, TestCalibration } from "./tasks/doubts.ts";
export type { DuplicatePicture, DuplicatePictures } from "./tasks/duplicate-pictures.ts";
export type {
  EncodedPictures,
  EncodeOptions,
  EncodingProgress,
  UnreadablePicture,
} from "./tasks/encode-pictures.ts";
export {
  type AdapterEvaluation,
  type EvaluateOptions,
  evaluateAdapter,
  evaluateOnSource,
} from "./tasks/evaluate.ts";
export {
  type AdditionEvaluation,
  type EvaluateAdditionOptions,
  evaluateAddition,
} from "./tasks/evaluate-addition.ts";
export { type ExplainAdapterOptions, explainAdapter } from "./tasks/explain-adapter.ts";
export { type OpenModel, type OpenModelOptions, openModel } from "./tasks/open-model.ts";
export { openPictureSource } from "./tasks/open-picture-source.ts";
export type {
  PictureSource,
  PreparedPixels,
  SourceModel,
  TestPart,
  TrainingPool,
  ViewOptions,
} from "./tasks/picture-source.ts";
export { type Prediction, type Predictions, type PredictOptions, predictPictures } from "./tasks/predict.ts";
export { type TrainOptions, type TrainResult, trainOnFolder, trainOnSource } from "./tasks/train.ts";
export {
  evaluateZeroShot,
  type ZeroShotOptions,
  type ZeroShotResult,
  zeroShotOnSource,
} from "./tasks/zero-shot.ts";
export { readFloat32 } from "./tensor/node/read-tensor.ts";
export type { AdditionAccuracy, BeforeAfter } from "./training/addition-accuracy.ts";
export { readAdapter } from "./training/node/read-adapter.ts";
export { saveAdapter } from "./training/node/save-adapter.ts";
export type { AdditionConfigInput } from "./training/plan-addition.ts";
