// Node only: the program of a worker thread, started by prefetch-batches.ts.
import { normalizePixels, type Preprocessing } from "../../clip/preprocess.ts";
import { answerCalls } from "../../data/answer-calls.ts";
import { limitConcurrency } from "../../data/limit-concurrency.ts";
import { checkBatch } from "../check-batch.ts";
import type { PictureSource } from "../picture-source.ts";
import type { PretrainBatch } from "../pretrainer.ts";
import { openSource, type SourcePlace } from "./open-source.ts";

/** What is asked of the worker first: to open a source. The answer is a {@link SourceDescription}. */
export interface OpenRequest {
  readonly place: SourcePlace;
}

/** What is asked of it then: the batch of a step. The answer is a {@link SourceBatch}. */
export interface StepRequest {
  readonly step: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly preprocessing: Preprocessing;
}

/** What a source is, without its batches. */
export type SourceDescription = Pick<PictureSource, "identity" | "texts">;

/** A batch whose pixels are handed over. */
export interface SourceBatch extends PretrainBatch {
  readonly pixels: Float32Array<ArrayBuffer>;
}

let source: PictureSource | undefined;

async function answer(request: OpenRequest | StepRequest): Promise<SourceDescription | SourceBatch> {
  if ("place" in request) {
    source = await openSource(request.place);
    return { identity: source.identity, texts: source.texts };
  }
  if (source === undefined) throw new Error("the source is not open");
  const { step, batchSize, seed, preprocessing } = request;
  const { imageSize } = preprocessing;
  const wanted = { step, batchSize, imageSize, seed };
  const { pictures, captions } = await source.batch(wanted);
  checkBatch({ pictures, captions }, wanted);
  const size = 3 * imageSize * imageSize;
  const pixels = new Float32Array(batchSize * size);
  pictures.forEach((picture, index) => {
    normalizePixels(picture, preprocessing, pixels.subarray(index * size, (index + 1) * size));
  });
  return { pixels, captions };
}

// One batch after the other: a source may keep decoded pictures in memory while it works.
answerCalls(limitConcurrency(1, answer), (result) => ("pixels" in result ? [result.pixels.buffer] : []));
