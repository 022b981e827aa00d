import type { Confusion, Evaluation, Guess } from "../training/metrics.ts";

/** Everything that a demo found, as its table and its page show it. */
export interface DemoResult {
  /** Id of the CLIP. */
  readonly model: string;
  /** Folder of the pictures. */
  readonly folder: string;
  readonly classNames: readonly string[];
  readonly trainPictures: number;
  readonly testPictures: number;
  /** CLIP by names alone. */
  readonly zeroShot: Evaluation;
  /** LAMM at rising numbers of shots. */
  readonly curve: readonly CurvePoint[];
  /** LAMM at the largest number of shots and the first seed. */
  readonly learned: Evaluation;
  /** The pair of classes that CLIP mixed up most often, and how often it is mixed up after training. */
  readonly worst: WorstConfusion | undefined;
  readonly newClass: NewClass;
  readonly examples: readonly Example[];
  readonly map: FeatureMap;
  /** Time of the whole demo. */
  readonly seconds: number;
}

/** Accuracies at one number of shots. */
export interface CurvePoint {
  /** Training pictures of each class. */
  readonly shots: number;
  /** Test accuracy for each seed, in [0, 1]. */
  readonly accuracies: readonly number[];
  /** Their mean. */
  readonly mean: number;
}

/** A confusion before and after training. */
export interface WorstConfusion extends Confusion {
  /** Pictures of `label` taken for `predicted` after training. */
  readonly after: number;
  /** Pictures of `label`. */
  readonly total: number;
}

/** What became of the others when a class joined them. Accuracies are in [0, 1]. */
export interface NewClass {
  readonly name: string;
  /** Of the old classes' pictures, before the class came. */
  readonly oldBefore: number;
  /** Of the old classes' pictures, with the new class among the answers. */
  readonly oldAfter: number;
  /** Of the new class's pictures. */
  readonly added: number;
  /** Of all pictures. */
  readonly union: number;
}

/** A test picture and what it is taken for. */
export interface Example {
  readonly path: string;
  /** The picture in small, as a data URI. */
  readonly thumbnail: string;
  readonly label: number;
  /** The three likeliest classes by names alone. */
  readonly before: readonly Guess[];
  /** The three likeliest classes after training. */
  readonly after: readonly Guess[];
}

/** A place on the map. */
export interface MapPoint {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

/** Image and text features of some classes in two dimensions. */
export interface FeatureMap {
  /** Classes that are shown. */
  readonly labels: readonly number[];
  /** One point a test picture. */
  readonly images: readonly MapPoint[];
  /** Text feature of each shown class by its name alone. */
  readonly before: readonly MapPoint[];
  /** And after training. */
  readonly after: readonly MapPoint[];
}
