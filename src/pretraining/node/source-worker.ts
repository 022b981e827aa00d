// Node only: the program of a worker thread, started by prefetch-batches.ts.
import { parentPort, workerData } from "node:worker_threads";
import { normalizePixels, type Preprocessing } from "../../clip/preprocess.ts";
import { type ErrorDetails, LammError } from "../../errors.ts";
import type { PictureSource } from "../picture-source.ts";
import { openSource, type SourcePlace } from "./open-source.ts";

/** What is asked of the worker: the batch of a step. */
export interface SourceRequest {
  readonly step: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly preprocessing: Preprocessing;
}

/** What it answers: first what the source is, under step -1; then batches, or why there is none. */
export type SourceResponse =
  | { readonly step: number; readonly identity: string; readonly texts: readonly string[] }
  | {
      readonly step: number;
      readonly pixels: Float32Array<ArrayBuffer>;
      readonly captions: readonly string[];
    }
  | {
      readonly step: number;
      readonly failure: { readonly code: string; readonly details: Omit<ErrorDetails, "cause"> };
    };

let source: PictureSource | undefined;

await answer(-1, async () => {
  source = await openSource(workerData as SourcePlace);
  return { step: -1, identity: source.identity, texts: source.texts };
});

// One batch after the other: a source may keep decoded pictures in memory while it works.
let last: Promise<void> = Promise.resolve();
parentPort?.on("message", (request: SourceRequest) => {
  last = last.then(() => answer(request.step, () => makeBatch(request)));
});

async function makeBatch({ step, batchSize, seed, preprocessing }: SourceRequest): Promise<SourceResponse> {
  const { imageSize } = preprocessing;
  if (source === undefined) throw new Error("the source is not open");
  const { pictures, captions } = await source.batch({ step, batchSize, imageSize, seed });
  const size = 3 * imageSize * imageSize;
  const pixels = new Float32Array(batchSize * size);
  pictures.forEach((picture, index) => {
    normalizePixels(picture, preprocessing, pixels.subarray(index * size));
  });
  return { step, pixels, captions };
}

async function answer(step: number, work: () => Promise<SourceResponse>): Promise<void> {
  let response: SourceResponse;
  try {
    response = await work();
  } catch (error) {
    // Anything else is a defect; unhandled, it ends the worker and reaches the other side as its error.
    if (!(error instanceof LammError)) throw error;
    const { cause: _, ...details } = error.details;
    response = { step, failure: { code: error.code, details } };
  }
  parentPort?.postMessage(response, "pixels" in response ? [response.pixels.buffer] : []);
}
