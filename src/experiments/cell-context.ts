import type { DownloadProgress } from "../clip/node/hub-download.ts";
import type { Dataset } from "../data/datasets/dataset.ts";
import { findDataset } from "../data/datasets/registry.ts";
import type { RuntimeOptions } from "../runtime/runtime.ts";
import { openDatasetSource } from "../tasks/dataset-source.ts";
import { type OpenModel, openModel } from "../tasks/open-model.ts";
import type { PictureSource } from "../tasks/picture-source.ts";
import { VERSION } from "../version.ts";
import { type Cell, cellKey, type Ingredients } from "./cell.ts";

/** Where cells find what they need. Plain JSON. */
export interface CellPlaces extends RuntimeOptions {
  /** Folder that holds the data sets' folders. */
  readonly data: string;
  /** File of image features, or `false` for none; in the user's cache folder if not given. */
  readonly cache?: string | false;
  /** Folder that keeps the state of trainings that were stopped; none if not given. */
  readonly checkpoints?: string;
  /** Folder of the models that come with the package, where it is elsewhere. */
  readonly modelsFolder?: string;
}

/** Data sets and models, each opened once. */
export interface CellContext {
  readonly places: CellPlaces;
  /** @throws {DataError} if it is not there as a whole */
  dataset(name: string): Dataset;
  /** @throws {ConfigError} if there is no such model */
  model(name: string): Promise<OpenModel>;
  /** A data set's pictures as a model sees them. */
  source(dataset: Dataset, model: string): Promise<PictureSource>;
  /** What a cell depends on here. */
  ingredients(cell: Pick<Cell, "dataset" | "targets" | "model">): Promise<Ingredients>;
  /** Identifies a cell's result. */
  key(cell: Cell): Promise<string>;
}

/**
 * @param onNotice called with a sentence that the user may want to know
 * @param onDownload called while a model's files are downloaded, with bytes
 */
export function createCellContext(
  places: CellPlaces,
  onNotice?: (notice: string) => void,
  onDownload?: (progress: DownloadProgress) => void,
): CellContext {
  const { data, device, threads, modelsFolder } = places;
  const dataset = once((name: string) => findDataset(name).open(data));
  const model = once((name: string) =>
    openModel({
      model: name,
      ...(device && { device }),
      ...(threads !== undefined && { threads }),
      ...(modelsFolder !== undefined && { modelsFolder }),
      ...(onNotice && { onNotice }),
      ...(onDownload && { onProgress: onDownload }),
    }),
  );
  const context: CellContext = {
    places,
    dataset,
    model,
    source: async (pictures, name) => openDatasetSource(await model(name), pictures),
    async ingredients(cell) {
      const { baseModel, runtime } = await model(cell.model);
      const sets = [cell.dataset, ...cell.targets];
      return {
        data: Object.fromEntries(sets.map((name) => [name, dataset(name).identity])),
        weights: baseModel.weightsHash,
        preprocessing: baseModel.preprocessing,
        software: softwareOf(runtime.name),
      };
    },
    key: async (cell) => cellKey(cell, await context.ingredients(cell)),
  };
  return context;
}

/** Everything whose version may change a number. The processor's kind counts: its sums are taken in another order. */
function softwareOf(engine: string): Ingredients["software"] {
  return { lamm: VERSION, engine, processor: process.arch };
}

function once<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const fresh = make(name);
    made.set(name, fresh);
    return fresh;
  };
}
