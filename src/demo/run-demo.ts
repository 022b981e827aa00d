import { zeroShotFeatures } from "../clip/zero-shot.ts";
import { readImageFolder } from "../data/image-folder.ts";
import { DataError } from "../errors.ts";
import type { EncodeOptions } from "../tasks/encode-pictures.ts";
import type { OpenModel } from "../tasks/open-model.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fitAdapter } from "../training/fit-adapter.ts";
import { type Confusion, type Evaluation, mostConfused, rowsOf } from "../training/metrics.ts";
import { resolveTrainConfig } from "../training/train-config.ts";
import { addClass, type LearnClasses } from "./add-class.ts";
import type { CurvePoint, DemoResult, WorstConfusion } from "./demo-result.ts";
import { drawShots, type EncodedFiles, type EncodedSet, encodeSet, scoreSet } from "./encoded-set.ts";
import { mapFeatures } from "./feature-map.ts";
import { pickExamples } from "./pick-examples.ts";

/** How a demo is run. */
export interface DemoOptions extends EncodeOptions {
  /** Numbers of shots, rising; 1, 2, 4, 8, 16 if not given. More than a class has are left out. */
  readonly shots?: readonly number[];
  /** Seeds of the draws; 1, 2, 3 if not given. */
  readonly seeds?: readonly number[];
  /** Called before each training run. */
  readonly onRun?: (done: number, total: number) => void;
}

const TEMPLATE = "a photo of a {}.";
const SHOTS = [1, 2, 4, 8, 16] as const;
const SEEDS = [1, 2, 3] as const;
/** Classes on the map: as many as can be told apart by colour. */
const MAPPED_CLASSES = 8;
/** Runs of the part that adds a class. */
const ADDING_RUNS = 2;

/**
 * Shows what LAMM does on a folder with `train` and `test` pictures: zero-shot against training at several numbers of shots, what was
 * mixed up before and after, and a class that comes later.
 *
 * @returns `undefined` where the signal stopped it
 * @throws {DataError} if the folder has no train and test part, or fewer than three classes
 */
export async function runDemo(
  model: OpenModel,
  folder: string,
  options: DemoOptions = {},
): Promise<DemoResult | undefined> {
  const started = performance.now();
  const { classNames, splits } = readImageFolder(folder);
  checkFolder(folder, classNames.length, splits);
  const train = await encodeSet(model, splits.train ?? [], options);
  const test = train && (await encodeSet(model, splits.test ?? [], options));
  if (train === undefined || test === undefined) return undefined;
  const setting: Setting = { model, classNames, train, test, options: withDefaults(options, train) };
  const textFeatures = await zeroShotFeatures(model.runtime, model.clip, {
    classNames,
    templates: [TEMPLATE],
    readFloat32,
  });
  const zeroShot = scoreSet(test, textFeatures);
  const learn = learnWith(setting);
  const trained = await trainAll(setting, learn);
  if (trained === undefined) return undefined;
  const learned = scoreSet(test, trained.textFeatures);
  const added = mostConfused(zeroShot, 1)[0]?.label ?? 0;
  const newClass = await addClass({ ...lastRun(setting), train, test, classNames, added, learn });
  if (newClass === undefined) return undefined;
  const [before, after] = [textFeatures, trained.textFeatures].map(rowsOf) as [
    Float32Array[],
    Float32Array[],
  ];
  return {
    model: model.clip.id,
    folder,
    classNames,
    trainPictures: train.labels.length,
    testPictures: test.labels.length,
    zeroShot,
    curve: trained.curve,
    learned,
    worst: worstConfusion(zeroShot, learned),
    newClass,
    examples: await pickExamples({
      test,
      paths: test.paths,
      scale: Math.exp(model.clip.weights.logitScale),
      before: textFeatures,
      after: trained.textFeatures,
    }),
    map: mapFeatures({
      images: rowsOf(test.features),
      imageLabels: test.labels,
      before,
      after,
      labels: mixedUpClasses(zeroShot),
    }),
    seconds: (performance.now() - started) / 1000,
  };
}

/** What the parts of a demo share. */
interface Setting {
  readonly model: OpenModel;
  readonly classNames: readonly string[];
  readonly train: EncodedFiles;
  readonly test: EncodedFiles;
  readonly options: DemoOptions & { readonly shots: readonly number[]; readonly seeds: readonly number[] };
}

function checkFolder(
  folder: string,
  classes: number,
  { train, test }: { readonly train?: unknown; readonly test?: unknown },
): void {
  if (train === undefined || test === undefined) {
    throw new DataError({
      where: folder,
      expected: "a train and a test folder, each with a folder of pictures a class",
      got: train === undefined ? "no train folder" : "no test folder",
    });
  }
  if (classes >= 3) return;
  const expected = "three classes at least: one of them joins the others at the end";
  throw new DataError({ where: folder, expected, got: `${classes}` });
}

/** Numbers of shots that every class can give, one at least. */
function withDefaults(options: DemoOptions, { labels }: EncodedSet): Setting["options"] {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const fewest = Math.min(...counts.values());
  const wanted = options.shots ?? SHOTS;
  const shots = wanted.filter((count) => count <= fewest);
  return { ...options, shots: shots.length > 0 ? shots : [fewest], seeds: options.seeds ?? SEEDS };
}

function lastRun({ options }: Setting): { readonly shots: number; readonly seed: number } {
  return { shots: options.shots.at(-1) ?? 1, seed: options.seeds[0] ?? 1 };
}

/** Trains on some classes of a setting, and counts the runs. */
function learnWith({ model, classNames, options }: Setting): LearnClasses {
  const total = options.shots.length * options.seeds.length + ADDING_RUNS;
  let done = 0;
  const { runtime, clip, baseModel } = model;
  return async (classes, data, fixedTextFeatures) => {
    options.onRun?.(done++, total);
    const fitted = await fitAdapter({
      runtime,
      clip,
      baseModel,
      classNames: classes.map((label) => classNames[label] ?? ""),
      data,
      config: resolveTrainConfig({ template: TEMPLATE }),
      readFloat32,
      ...(fixedTextFeatures && { fixedTextFeatures }),
      ...(options.signal && { signal: options.signal }),
    });
    return fitted?.adapter.textFeatures;
  };
}

/** The curve over shots and seeds; and the text features of the largest number of shots and the first seed. */
async function trainAll(
  setting: Setting,
  learn: LearnClasses,
): Promise<{ curve: CurvePoint[]; textFeatures: Tensor<"float32"> } | undefined> {
  const { train, test, classNames, options } = setting;
  const classes = classNames.map((_, label) => label);
  const curve: CurvePoint[] = [];
  let kept: Tensor<"float32"> | undefined;
  for (const shots of options.shots) {
    const accuracies: number[] = [];
    for (const seed of options.seeds) {
      const textFeatures = await learn(classes, drawShots(train, { shots, seed, classes }));
      if (textFeatures === undefined) return undefined;
      accuracies.push(scoreSet(test, textFeatures).accuracy);
      const last = lastRun(setting);
      if (shots === last.shots && seed === last.seed) kept = textFeatures;
    }
    const mean = accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length;
    curve.push({ shots, accuracies, mean });
  }
  return kept && { curve, textFeatures: kept };
}

function worstConfusion(before: Evaluation, after: Evaluation): WorstConfusion | undefined {
  const [worst] = mostConfused(before, 1);
  if (worst === undefined) return undefined;
  const isSame = ({ label, predicted }: Confusion) => label === worst.label && predicted === worst.predicted;
  return {
    ...worst,
    after: after.confusion.find(isSame)?.count ?? 0,
    total: before.perClass[worst.label]?.total ?? 0,
  };
}

/** Classes that are mixed up most often, in the order in which they first appear among the confusions; filled up with others. */
function mixedUpClasses(evaluation: Evaluation): number[] {
  const pairs = mostConfused(evaluation, MAPPED_CLASSES).flatMap(({ label, predicted }) => [
    label,
    predicted,
  ]);
  const all = evaluation.perClass.map((_, label) => label);
  return [...new Set([...pairs, ...all])].slice(0, MAPPED_CLASSES);
}
