import { evaluateOnSource } from "../../src/tasks/evaluate.ts";
import type { OpenModel } from "../../src/tasks/open-model.ts";
import { openPictureSource } from "../../src/tasks/open-picture-source.ts";
import { trainOnSource } from "../../src/tasks/train.ts";
import { zeroShotOnSource } from "../../src/tasks/zero-shot.ts";

/** Which run a number is of. */
export interface CellKey {
  readonly theme: string;
  /** As `--method` has it, or `zero-shot`. */
  readonly method: string;
  readonly shots: number;
  readonly seed: number;
}

/** One method on one draw of one data set. */
export interface MethodCell extends CellKey {
  /** On the test pictures, in [0, 1]. */
  readonly accuracy: number;
  /** Of the training, in seconds, pictures encoded before included. */
  readonly seconds: number;
}

/** Trains and tests one method on one draw. */
export async function measureCell(
  model: OpenModel,
  path: string,
  {
    key,
    config,
    cache,
  }: { readonly key: CellKey; readonly config: Record<string, unknown>; readonly cache: string | false },
): Promise<MethodCell> {
  const source = openPictureSource(model, path);
  const { method, shots, seed } = key;
  const started = performance.now();
  if (method === "zero-shot") {
    const found = await zeroShotOnSource(source, { cache });
    return { ...key, accuracy: found?.evaluation.accuracy ?? Number.NaN, seconds: 0 };
  }
  const trained = await trainOnSource(source, { cache, config: { ...config, method, shots, seed } });
  const seconds = (performance.now() - started) / 1000;
  const tested = trained && (await evaluateOnSource(source, trained.adapter, { cache }));
  if (tested === undefined) throw new Error("nothing stops these runs");
  return { ...key, accuracy: tested.adapter.accuracy, seconds };
}
