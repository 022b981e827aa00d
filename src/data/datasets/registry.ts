// Node only: definitions read folders.
import { ConfigError } from "../../errors.ts";
import { nearestName } from "../../methods/nearest-name.ts";
import { benchmarks } from "./benchmarks.ts";
import type { DatasetDefinition, DatasetState } from "./dataset.ts";
import { imageNetDomains } from "./imagenet-domains.ts";
import { pictureWorldDatasets } from "./picture-world.ts";

/** All data sets that are known by name. A data set of one's own is added by a line here. */
export const datasetDefinitions: readonly DatasetDefinition[] = [
  ...benchmarks,
  ...imageNetDomains,
  ...pictureWorldDatasets,
];

/** Names of the papers' eleven benchmarks, in their order. */
export const benchmarkNames: readonly string[] = benchmarks.map(({ name }) => name);

/** Names of the embedded benchmarks. */
export const pictureWorldNames: readonly string[] = pictureWorldDatasets
  .filter(({ role }) => role === "benchmark")
  .map(({ name }) => name);

/**
 * Finds a data set.
 *
 * @param definitions where to look; all that are known if not given
 * @throws {ConfigError} if there is none of that name
 */
export function findDataset(
  name: string,
  definitions: readonly DatasetDefinition[] = datasetDefinitions,
): DatasetDefinition {
  const found = definitions.find((definition) => definition.name === name);
  if (found !== undefined) return found;
  const names = definitions.map((definition) => definition.name);
  const nearest = nearestName(name, names);
  throw new ConfigError({
    where: "data set",
    expected: "a name that `lamm datasets` lists",
    got: `"${name}"`,
    ...(nearest !== undefined && { fix: `Did you mean "${nearest}"?` }),
  });
}

/** Looks which data sets are there. */
export function inspectDatasets(
  data: string,
  definitions: readonly DatasetDefinition[] = datasetDefinitions,
): DatasetState[] {
  return definitions.map((definition) => definition.inspect(data));
}
