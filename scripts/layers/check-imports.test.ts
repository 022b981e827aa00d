import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { checkImports } from "./check-imports.ts";

const check = (files: Readonly<Record<string, string>>) => checkImports(new Map(Object.entries(files)));

test("imports that go downwards are fine", () => {
  const faults = check({
    "errors.ts": "export class LammError extends Error {}",
    "tensor/shape.ts": 'import { LammError } from "../errors.ts";',
    "runtime/runtime.ts": 'import type { Graph } from "../graph/node.ts";',
    "clip/node/load-clip.ts": 'import { readFileSync } from "node:fs"; import "../config.ts";',
    "data/decode.ts": '// Node only: decodes.\nimport sharp from "sharp";',
    "cli/main.ts": 'import { Command } from "commander"; import "../data/decode.ts";',
    "index.ts": 'export { shape } from "./tensor/shape.ts"; export * from "./clip/config.ts";',
    "node.ts": 'export * from "./index.ts"; export { loadClip } from "./clip/node/load-clip.ts";',
  });
  expect(faults).toEqual([]);
});

test.each([
  ['import { infer } from "../graph/infer.ts";', "tensor/ may import no other layer"],
  ['import type { Graph } from "../graph/node.ts";', "tensor/ may import no other layer"],
  ['import { type Graph } from "../graph/node.ts";', "tensor/ may import no other layer"],
  ['export { infer } from "../graph/infer.ts";', "tensor/ may import no other layer"],
  ['export type { Graph } from "../graph/node.ts";', "tensor/ may import no other layer"],
  ['export * from "../graph/infer.ts";', "tensor/ may import no other layer"],
  ['const infer = import("../graph/infer.ts");', "tensor/ may import no other layer"],
  ['type Graph = import("../graph/node.ts").Graph;', "tensor/ may import no other layer"],
  ['import "./../graph/infer.ts";', "tensor/ may import no other layer"],
  ['import "../index.ts";', "entry points are for users of the package alone"],
  ['import "../../test/support/tolerances.ts";', "sources import nothing from outside src/"],
  ['import "./shape.test.ts";', "sources import no tests"],
  ['import "./node/read-tensor.ts";', "that file runs in Node alone, this one in a browser as well"],
  [
    'import "node:fs";',
    "of all source files, these may: files in a node/ folder, in tasks/, experiments/, demo/ or cli/",
  ],
  [
    'import sharp from "sharp";',
    "of all source files, these may: files in a node/ folder, in tasks/, experiments/, demo/ or cli/",
  ],
  ['import "commander";', "of all source files, these may: files in cli/"],
  ['import "onnx-proto";', "of all source files, these may: files in graph/"],
  [
    'import type { Tensor } from "onnxruntime-common";',
    "of all source files, these may: runtime/onnxruntime-",
  ],
])("in tensor/shape.ts, %s", (source, rule) => {
  const [fault, ...others] = check({ "tensor/shape.ts": `\n${source}` });
  expect(fault).toContain(`src/tensor/shape.ts:2: imports "`);
  expect(fault).toContain(rule);
  expect(others).toEqual([]);
});

test("the engine knows tensors and graphs alone", () => {
  expect(check({ "runtime/runtime.ts": 'import "../autodiff/gradient.ts";' })).toEqual([
    'src/runtime/runtime.ts:1: imports "../autodiff/gradient.ts"; runtime/ may import tensor, graph',
  ]);
});

test("layers of one level do not see each other", () => {
  expect(check({ "optim/sgd.ts": 'import "../runtime/runtime.ts";' })).toEqual([
    'src/optim/sgd.ts:1: imports "../runtime/runtime.ts"; optim/ may import tensor, graph, autodiff',
  ]);
});

test("a file that its first line declares Node-only is out of reach of portable ones", () => {
  const faults = check({
    "data/decode.ts": '// Node only: decodes.\nimport sharp from "sharp";',
    "data/views.ts": 'import type { Decoded } from "./decode.ts";',
    "index.ts": 'export { decode } from "./data/decode.ts";',
  });
  expect(faults).toEqual([
    'src/data/views.ts:1: imports "./decode.ts"; that file runs in Node alone, this one in a browser as well',
    'src/index.ts:1: imports "./data/decode.ts"; that file runs in Node alone, this one in a browser as well',
  ]);
});

test("what lies below all layers imports none of them", () => {
  expect(check({ "errors.ts": 'import "./tensor/shape.ts";' })).toEqual([
    'src/errors.ts:1: imports "./tensor/shape.ts"; this file lies below all layers and may import none',
  ]);
});

test("files and folders that the table does not know are named", () => {
  expect(check({ "helpers.ts": "", "utils/math.ts": "" })).toEqual([
    "src/helpers.ts: only entry points and what lies below all layers belong here; put it in a folder",
    "src/utils/math.ts: its folder is not a layer; add it to scripts/layers/layers.ts where it belongs",
  ]);
});

test("an import that no rule can be held to is for the one file that opens users' modules", () => {
  const source = "\nconst a = import(name);";
  expect(check({ "tensor/shape.ts": source, "pretraining/node/open-source.ts": source })).toEqual([
    "src/tensor/shape.ts:2: imports by an expression; of all source files, these may: pretraining/node/open-source.ts",
  ]);
  expect(() => check({ "tensor/shape.ts": "import from;" })).toThrow(SyntaxError);
});

test("the command fails on a folder with a violation, and says which", async () => {
  const root = await mkdtemp(join(tmpdir(), "lamm-layers-"));
  const command = join(import.meta.dirname, "..", "check-layers.ts");
  const run = () => promisify(execFile)(process.execPath, [command, root]);
  const write = async (file: string, source: string) => {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), source);
  };
  try {
    await expect(run()).rejects.toMatchObject({ code: 1, stderr: `${root}: no TypeScript files\n` });
    await write("tensor/shape.ts", "export const rank = 2;");
    await expect(run()).resolves.toMatchObject({ stdout: "The imports of 1 files follow the layers.\n" });
    await write("tensor/shape.ts", 'import "../clip/config.ts";');
    await expect(run()).rejects.toMatchObject({
      code: 1,
      stderr: 'src/tensor/shape.ts:1: imports "../clip/config.ts"; tensor/ may import no other layer\n',
    });
  } finally {
    await rm(root, { recursive: true });
  }
});
