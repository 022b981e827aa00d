import type { RgbImage } from "../clip/rgb-image.ts";

/** Pictures and captions of one training step. */
export interface CaptionedBatch {
  /** B pictures, square, of the side that was asked for. */
  readonly pictures: readonly RgbImage[];
  /** One caption for each picture; equal captions are each other's positives. */
  readonly captions: readonly string[];
}

/** Which batch is wanted. */
export interface BatchRequest {
  /** Number of the step, from 0. The same step of the same run has the same batch, however often a run was stopped. */
  readonly step: number;
  /** Pictures of a batch, B. */
  readonly batchSize: number;
  /** Side of the pictures, in pixels. */
  readonly imageSize: number;
  /** Seed of the run. */
  readonly seed: number;
}

/**
 * Where pre-training takes its pictures and captions from: a folder, or a generator that draws them. A source lives in a
 * worker thread, away from the training loop.
 */
export interface PictureSource {
  /** Changes whenever a batch could: a digest of data and settings. A run only goes on with the source that it began with. */
  readonly identity: string;
  /** Texts from which the run's vocabulary is learned, in a fixed order: every caption, or enough to stand for them. */
  readonly texts: readonly string[];
  /** Pictures and captions of one step: a pure function of the request. */
  batch(request: BatchRequest): Promise<CaptionedBatch>;
}

/**
 * What a generator's module exports under the name `createPictureSource`.
 *
 * @param options the `options` of the generator in the run's config, as they stand there
 * @throws {ConfigError} if the options are not what the generator takes
 */
export type CreatePictureSource = (options: unknown) => Promise<PictureSource>;
