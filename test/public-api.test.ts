import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { parseSync } from "rolldown/utils";
import { expect, test } from "vitest";
import * as index from "../src/index.ts";
import * as node from "../src/node.ts";
import * as web from "../src/web.ts";

const sources = join(import.meta.dirname, "..", "src");

/** Names that an entry file exports by itself, types among them, sorted. */
async function exportedNames(file: string): Promise<string[]> {
  const { module, errors } = parseSync(file, await readFile(join(sources, file), "utf8"));
  expect(errors).toEqual([]);
  const entries = module.staticExports.flatMap(({ entries }) => entries);
  return entries.flatMap(({ exportName, isType }) => {
    const { name } = exportName;
    return typeof name === "string" ? [isType ? `type ${name}` : name] : [];
  });
}

/** By name, whether a type or a value. */
function sorted(names: readonly string[]): string {
  const key = (name: string) => name.replace("type ", "");
  return [...names].sort((a, b) => (key(a) < key(b) ? -1 : 1)).join("\n");
}

/** Modules that a bundle of an entry file leaves to the machine that runs it. */
async function externalModules(file: string, platform: "browser" | "node"): Promise<string[]> {
  const problems: string[] = [];
  const build = await rolldown({
    input: join(sources, file),
    platform,
    treeshake: false,
    external: /^(node:|sharp$|onnxruntime-)/,
    onLog: (_, { message }) => problems.push(message),
  });
  const { output } = await build.generate({ format: "es" });
  await build.close();
  expect(problems).toEqual([]);
  const chunks = output.filter((file) => file.type === "chunk");
  const own = new Set(chunks.map(({ fileName }) => fileName));
  const imported = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  return [...new Set(imported)].filter((name) => !own.has(name)).sort();
}

test("lamm exports these names", async () => {
  const names = await exportedNames("index.ts");
  expect(sorted(names)).toMatchInlineSnapshot(`
    "ADAPTER_FORMAT
    type Activation
    type Adapter
    type AdapterExplanation
    type AdapterRejection
    type Addition
    type ArrayOf
    type BaseModel
    type Calibration
    type CalibrationOptions
    type CalibrationResult
    type CheckpointStore
    type ClassExplanation
    type Classifier
    type ClassifierOptions
    type ClipCheckpoint
    type ClipConfig
    type ClipTokenizer
    type ClipWeights
    ConfigError
    type Confusion
    type CrossValidationOptions
    DataError
    type DerivedPrompts
    type Device
    type Dtype
    EngineError
    type EpochReport
    type ErrorDetails
    type Evaluation
    type ExplainOptions
    type FeatureFit
    type FeatureMethod
    type FeatureProblem
    type FeatureSet
    type FeatureTrainConfig
    type FileTensor
    type Fit
    type FitOptions
    type FittedFeatures
    type FoldOptions
    type Graph
    GraphBuilder
    type Guess
    type HierarchicalLossWeights
    type Interval
    type Labelled
    type LabelledLogits
    LammError
    type LearnableTokens
    type LoadOptions
    type Method
    ModelFileError
    type NearDuplicate
    type NearDuplicateOptions
    type NearDuplicates
    type NearToken
    type NearestTokensOptions
    type Node
    type OnnxModel
    type OpType
    type OriginalPrompts
    type PairedDifference
    type PixelSet
    type Preprocessing
    type PromptEmbeddings
    type PromptFilling
    type PromptMethod
    type PromptMethodDefinition
    type PromptProblem
    type PromptSet
    type PromptTrainConfig
    type PublishedSettings
    type Random
    type ReadToken
    type Rejection
    type ResNetConfig
    type RgbImage
    type Runtime
    type RuntimeOptions
    type Seed
    type Session
    type Shape
    ShapeError
    type Shots
    type Slot
    StorageError
    type StoredTensor
    type SuspiciousLabel
    type Tensor
    type TextConfig
    type TokenNeighbour
    type TokenText
    type TokenizerOptions
    type TrainConfig
    type TrainConfigInput
    type TrainedParameter
    type TransformerConfig
    UnsupportedOpError
    type Value
    type ValueType
    type Values
    type VectorExplanation
    type VitConfig
    benchmarkTemplates
    calibrate
    calibrationError
    checkAdapterFits
    classify
    createClip
    createRandom
    createTensor
    createTokenizer
    crossValidate
    defaultLossWeights
    defineFeatureMethod
    definePromptMethod
    evaluatePredictions
    explainPrompts
    familiarity
    findMethod
    findNearDuplicates
    fitAdapter
    fitRejection
    fitTemperature
    frozenSlots
    gradients
    isUnknown
    learnedSlots
    methods
    mostConfused
    nearestTokens
    normalizeFeatures
    openClassifier
    pairedDifference
    parseAdapter
    preprocess
    preprocessingOf
    probabilitiesOf
    removeClass
    renameClass
    resolveTrainConfig
    rowsOf
    sampleShots
    serializeAdapter
    serializeGraph
    stratifiedFolds
    suspiciousLabels
    toFloat32
    topGuesses
    wilsonInterval
    zeroShotFeatures"
  `);
  expect(Object.keys(index).sort()).toEqual(names.filter((name) => !name.startsWith("type ")).sort());
});

test("lamm/node exports these names, and all of lamm", async () => {
  const names = await exportedNames("node.ts");
  expect(sorted(names)).toMatchInlineSnapshot(`
    "type AdapterEvaluation
    type AddClassesOptions
    type AddClassesResult
    type AdditionAccuracy
    type AdditionConfigInput
    type AdditionEvaluation
    type AverageSummary
    type BeforeAfter
    type Cell
    type CellComparison
    type CellContext
    type CellPlaces
    type CellResult
    type CellRunner
    type CellTask
    type CellWatch
    type CompareOptions
    type Comparison
    type Contender
    DEFAULT_MODEL
    type Dataset
    type DatasetDefinition
    type DatasetState
    type Doubts
    type DownloadProgress
    type DuplicatePicture
    type DuplicatePictures
    EMBEDDED_MODEL
    type EncodeOptions
    type EncodedPictures
    type EncodingProgress
    type EvaluateAdditionOptions
    type EvaluateOptions
    type Experiment
    type ExperimentName
    type ExplainAdapterOptions
    type FeatureFile
    type FeaturePart
    type GridAxes
    type GridCell
    type GridOptions
    type GridPart
    type GridProgress
    type GridSummary
    type HubProbe
    type ImageFolder
    type ImageFolderOptions
    type Ingredients
    type LabelledPicture
    type ListFile
    type LoadClipOptions
    type LoadedWeights
    type MethodResult
    type MethodSettings
    type Metrics
    type MissingPart
    type ModelChoice
    type ModelChoiceOptions
    type OpenModel
    type OpenModelOptions
    type Outcome
    type PictureSource
    type PlannedRow
    type PredictOptions
    type Prediction
    type Predictions
    type PreparedPixels
    type ProcessPoolOptions
    type PublishedSplit
    type ResultRow
    type ResultStore
    type ResultTable
    type ScoredShare
    type SeedSummary
    type SourceModel
    type Split
    type SplitDatasetOptions
    type SplitMaker
    type SplitPicture
    type SuspiciousPicture
    type TestCalibration
    type TestPart
    type TrainOptions
    type TrainResult
    type TrainingPool
    type UnreadablePicture
    type Variant
    type ViewOptions
    type WrittenSplit
    type ZeroShotConfig
    type ZeroShotOptions
    type ZeroShotResult
    addClasses
    benchmarkNames
    chooseAxes
    chooseDefaultModel
    compareMethods
    compareOnSource
    compareOverCells
    createCellContext
    createInProcessRunner
    createNodeRuntime
    createProcessPool
    datasetDefinitions
    decodeImage
    defaultDataFolder
    defineSplitDataset
    evaluateAdapter
    evaluateAddition
    evaluateOnSource
    evaluateZeroShot
    experiments
    explainAdapter
    findDataset
    findExperiment
    gridCells
    inspectDatasets
    listDevices
    loadClip
    loadClipWeights
    openDatasetSource
    openFeatureFile
    openModel
    openPictureSource
    openResultStore
    pictureWorldNames
    planRows
    predictPictures
    quickMethods
    readAdapter
    readFloat32
    readImage
    readImageFolder
    readResultTable
    runGrid
    saveAdapter
    summarizeDatasets
    summarizeSeeds
    trainOnFolder
    trainOnSource
    writeReport
    zeroShotOnSource"
  `);
  const values = names.filter((name) => !name.startsWith("type "));
  expect(Object.keys(node).sort()).toEqual([...values, ...Object.keys(index)].sort());
});

test("lamm/web exports these names, and all of lamm", async () => {
  const names = await exportedNames("web.ts");
  expect(sorted(names)).toMatchInlineSnapshot(`
    "type WebRuntimeOptions
    createWebRuntime
    listWebDevices"
  `);
  const values = names.filter((name) => !name.startsWith("type "));
  expect(Object.keys(web).sort()).toEqual([...values, ...Object.keys(index)].sort());
});

test("lamm runs anywhere: a bundle for browsers is complete", async () => {
  expect(await externalModules("index.ts", "browser")).toEqual([]);
});

test("lamm/web leaves out the engine alone, and only until a runtime is made", async () => {
  expect(await externalModules("web.ts", "browser")).toEqual([
    "onnxruntime-web/wasm",
    "onnxruntime-web/webgpu",
  ]);
});

test("only lamm/node reaches files, decoders and the native engine", async () => {
  const modules = await externalModules("node.ts", "node");
  expect(modules).toContain("node:fs");
  expect(modules).toContain("onnxruntime-node");
  expect(modules).toContain("sharp");
});
