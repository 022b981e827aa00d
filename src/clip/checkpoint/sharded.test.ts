import { expect, test } from "vitest";
import { ModelFileError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mergeShards, parseShardIndex } from "./sharded.ts";

const name = "model.safetensors.index.json";
const one: Tensor = { dtype: "float32", shape: [], data: Float32Array.of(1) };
const two: Tensor = { dtype: "float32", shape: [], data: Float32Array.of(2) };

function indexOf(weightMap: Record<string, unknown>): string {
  return JSON.stringify({ metadata: { total_size: 8 }, weight_map: weightMap });
}

test("joins the tensors of all shards, reading each once", () => {
  const index = parseShardIndex(
    name,
    indexOf({ a: "m-1.safetensors", b: "m-2.safetensors", c: "m-1.safetensors" }),
  );
  const read: string[] = [];
  const merged = mergeShards(name, index, (shard) => {
    read.push(shard);
    return new Map(
      shard === "m-1.safetensors"
        ? [
            ["a", one],
            ["c", two],
          ]
        : [["b", two]],
    );
  });
  expect(read).toEqual(["m-1.safetensors", "m-2.safetensors"]);
  expect(Object.fromEntries(merged)).toEqual({ a: one, b: two, c: two });
});

test.each([
  "../other.safetensors",
  "/etc/passwd",
  "a/b.safetensors",
  "a\\b",
  "..",
  ".",
  "",
  "c:x",
  "~",
  "a\u0000",
])("refuses the path %j", (path) => {
  const parse = () => parseShardIndex(name, indexOf({ a: path }));
  expect(parse).toThrow(ModelFileError);
  expect(parse).toThrow(`tensor "a": expected the name of a file in the same folder, got "${path}"`);
});

test("refuses an index without a map of names", () => {
  expect(() => parseShardIndex(name, "{}")).toThrow(
    "expected a weight_map from tensor names to file names, got",
  );
  expect(() => parseShardIndex(name, indexOf({ a: 1 }))).toThrow("weight_map.a");
  expect(() => parseShardIndex(name, '{"weight_map": {"a": "x", "a": "y"}}')).toThrow(
    'expected each key once, got "a" twice',
  );
});

test("names a tensor that its shard does not hold", () => {
  const index = new Map([
    ["a", "m-1.safetensors"],
    ["b", "m-1.safetensors"],
  ]);
  const merge = () => mergeShards(name, index, () => new Map([["a", one]]));
  expect(merge).toThrow(ModelFileError);
  expect(merge).toThrow(
    `${name}, tensor "b": expected it in m-1.safetensors, as the index says, got it in no file. ` +
      "Index and shards are of different versions; download all of them again.",
  );
});

test("names a tensor that the index does not know, or has in another shard", () => {
  const index = new Map([
    ["a", "m-1.safetensors"],
    ["b", "m-2.safetensors"],
  ]);
  expect(() => mergeShards(name, index, () => new Map([["x", one]]))).toThrow(
    'tensor "x": expected it in no file, as the index says, got it in m-1.safetensors',
  );
  const both = new Map([
    ["a", one],
    ["b", two],
  ]);
  expect(() => mergeShards(name, index, () => both)).toThrow(
    'tensor "b": expected it in m-2.safetensors, as the index says, got it in m-1.safetensors',
  );
});
