import { z } from "zod";
import { ModelFileError } from "../../errors.ts";
import type { StoredTensor } from "../../tensor/tensor.ts";
import { type JsonSource, parseJsonObject } from "./parse-json.ts";

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Parses the index of a checkpoint in several files, such as `model.safetensors.index.json`.
 *
 * @param name of the index, as errors show it
 * @returns the shard of each tensor: names of files in the index's own folder
 * @throws {ModelFileError} if it is damaged or names a file outside its folder
 */
export function parseShardIndex(name: string, json: JsonSource): ReadonlyMap<string, string> {
  const result = indexSchema.safeParse(parseJsonObject(name, json));
  if (!result.success) {
    throw new ModelFileError({
      where: name,
      expected: "a weight_map from tensor names to file names",
      got: z.prettifyError(result.error).replaceAll("\n", " "),
    });
  }
  const shards = new Map(Object.entries(result.data.weight_map));
  for (const [tensor, shard] of shards) {
    if (/^[\w-][\w.-]*$/.test(shard)) continue;
    throw new ModelFileError({
      where: `${name}, tensor "${tensor}"`,
      expected: "the name of a file in the same folder",
      got: `"${shard}"`,
      fix: "Do not use this checkpoint: an index that leads out of its folder may be hostile.",
    });
  }
  return shards;
}

/**
 * Joins the tensors of a checkpoint's shards.
 *
 * @param name of the index, as errors show it
 * @param index the shard of each tensor
 * @param readShard gives the tensors of one shard; called once for each
 * @throws {ModelFileError} if the index and the shards do not name the same tensors in the same files
 */
export function mergeShards(
  name: string,
  index: ReadonlyMap<string, string>,
  readShard: (shard: string) => ReadonlyMap<string, StoredTensor>,
): ReadonlyMap<string, StoredTensor> {
  const merged = new Map<string, StoredTensor>();
  for (const shard of new Set(index.values())) {
    for (const [tensor, stored] of readShard(shard)) {
      const expected = index.get(tensor);
      if (expected !== shard) throw disagreement(name, tensor, expected ?? "no file", shard);
      merged.set(tensor, stored);
    }
  }
  for (const [tensor, shard] of index) {
    if (!merged.has(tensor)) throw disagreement(name, tensor, shard, "no file");
  }
  return merged;
}

function disagreement(name: string, tensor: string, expected: string, got: string): ModelFileError {
  return new ModelFileError({
    where: `${name}, tensor "${tensor}"`,
    expected: `it in ${expected}, as the index says`,
    got: `it in ${got}`,
    fix: "Index and shards are of different versions; download all of them again.",
  });
}
