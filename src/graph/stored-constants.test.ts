import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import "../../test/support/to-be-valid-model.ts";
import { decodeModel } from "../../test/support/decode-model.ts";
import { runGraph } from "../../test/support/run-graph.ts";
import { ModelFileError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Dtype } from "../tensor/dtype.ts";
import { createTensor, type FileTensor, type Tensor } from "../tensor/tensor.ts";
import { GraphBuilder } from "./builder.ts";
import { serializeGraph } from "./serialize.ts";

const runtime = createNodeRuntime();
const folder = realpathSync(mkdtempSync(join(tmpdir(), "lamm-constants-")));
afterAll(() => rmSync(folder, { recursive: true }));

const vector = (...numbers: number[]) =>
  createTensor("float32", [numbers.length], Float32Array.from(numbers));

/** Large enough to stay outside the message. */
const LARGE = 5000;

test("constants are written once, however often they are used", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2, 2]);
  const weight = createTensor("float32", [2, 2], Float32Array.of(1, 2, 3, 4));
  const y = g.matMul(g.matMul(x, g.constant(weight)), g.constant(weight));
  g.output("y", g.mul(g.mul(y, g.scalar(2)), g.scalar(2)));
  const names = decodeModel(serializeGraph(g)).initializer.map(({ name, dims }) => [name, dims]);
  expect(names).toHaveLength(2);
  expect(names.map(([, dims]) => dims)).toEqual(expect.arrayContaining([[], [2, 2]]));
});

test("constants small ones are in the message", () => {
  const g = new GraphBuilder();
  g.output("y", g.literal("int64", [2], BigInt64Array.of(1n, -1n)));
  const model = serializeGraph(g);
  expect(model.buffers).toEqual([]);
  const [tensor] = decodeModel(model).initializer;
  expect(tensor).toMatchObject({ dataType: 7, dims: [2] });
  expect(Array.from(tensor?.rawData ?? [])).toEqual([1, ...Array(7).fill(0), ...Array(8).fill(255)]);
});

test("constants large ones are handed over as the memory they are in", async () => {
  const g = new GraphBuilder();
  const all = Float32Array.from({ length: LARGE + 3 }, (_, i) => i);
  const rows = all.subarray(3);
  g.output("y", g.add(g.input("x", "float32", [1]), g.literal("float32", [LARGE], rows)));
  const model = serializeGraph(g);
  expect(model.bytes.length).toBeLessThan(1000);
  expect(model.folder).toBeUndefined();
  expect(model.buffers).toHaveLength(1);
  const [buffer] = model.buffers;
  expect(buffer?.data.buffer).toBe(all.buffer);
  expect(buffer?.data).toMatchObject({ byteOffset: 12, byteLength: 4 * LARGE });
  const [tensor] = decodeModel(model).initializer;
  expect(tensor).toMatchObject({ dataLocation: 1, dims: [LARGE] });
  expect(tensor?.externalData).toEqual(externalData(buffer?.path ?? "", 0, 4 * LARGE));
  const { y } = await runGraph(runtime, g, { x: vector(0.5) });
  expect(y?.data).toEqual(rows.map((number) => number + 0.5));
});

test("constants in files are byte ranges of them", async () => {
  const g = new GraphBuilder();
  const stored = storeFloat32("weights.bin", 7);
  g.output("y", g.add(g.input("x", "float32", [1]), g.constant(stored)));
  const model = serializeGraph(g);
  expect(model).toMatchObject({ folder, buffers: [] });
  const [tensor] = decodeModel(model).initializer;
  expect(tensor).toMatchObject({ dataLocation: 1, dataType: 1, dims: [LARGE] });
  expect(tensor?.externalData).toEqual(externalData("weights.bin", 7, 4 * LARGE));
  const { y } = await runGraph(runtime, g, { x: vector(0.5) });
  expect(y?.data).toEqual(Float32Array.from({ length: LARGE }, (_, i) => i + 0.5));
});

test("constants of several files and of memory mix, in one folder", async () => {
  const g = new GraphBuilder();
  const inMemory = g.literal("float32", [LARGE], new Float32Array(LARGE).fill(0.25));
  const sum = g.add(g.constant(storeFloat32("first.bin", 0)), g.constant(storeFloat32("second.bin", 4)));
  g.output("y", g.add(g.add(sum, inMemory), g.input("x", "float32", [1])));
  const model = serializeGraph(g);
  expect(model.buffers).toEqual([]);
  const { y } = await runGraph(runtime, g, { x: vector(1) });
  expect(y?.data).toEqual(Float32Array.from({ length: LARGE }, (_, i) => 2 * i + 1.25));
});

test("constants of two folders are refused", () => {
  const g = new GraphBuilder();
  const file = (path: string): FileTensor => ({ dtype: "float32", shape: [1], file: path, byteOffset: 0 });
  g.output("y", g.add(g.constant(file("/models/a/w.bin")), g.constant(file("/models/b/w.bin"))));
  expect(() => serializeGraph(g)).toThrow(ModelFileError);
  expect(() => serializeGraph(g)).toThrow(
    "/models/b/w.bin: expected weights in one folder, /models/a, got /models/b. Put the checkpoint's files into one folder.",
  );
});

test.each([
  ["/w.bin", "/", "w.bin"],
  ["C:\\models\\w.bin", "C:\\models", "w.bin"],
])("constants of the file %s lie in %s", (file, expectedFolder, name) => {
  const g = new GraphBuilder();
  g.output("y", g.constant({ dtype: "float32", shape: [1], file, byteOffset: 0 }));
  const model = serializeGraph(g);
  expect(model.folder).toBe(expectedFolder);
  expect(decodeModel(model).initializer[0]?.externalData[0]).toEqual({ key: "location", value: name });
});

test("constants beyond the end of a file are the engine's error", async () => {
  const g = new GraphBuilder();
  const stored = { ...storeFloat32("short.bin", 0), shape: [2 * LARGE] };
  g.output("y", g.constant(stored));
  await expect(serializeGraph(g)).not.toBeValidModel();
  await expect(runtime.load(serializeGraph(g))).rejects.toThrow(
    /expected to load a graph, got .*out of bounds/,
  );
});

test.each<[Dtype, Tensor["data"], number[]]>([
  ["float16", Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x7bff), [1, -2.5, 2 ** -24, 65504]],
  ["bfloat16", Uint16Array.of(0x3f80, 0xc020, 0x0001, 0x7f7f), [1, -2.5, 2 ** -133, 255 * 2 ** 120]],
  ["float64", Float64Array.of(1, -2.5, 1e-3, 1e30), [1, -2.5, 1e-3, 1e30]],
  ["int8", Int8Array.of(-128, -1, 0, 127), [-128, -1, 0, 127]],
  ["uint8", Uint8Array.of(0, 1, 128, 255), [0, 1, 128, 255]],
  ["int32", Int32Array.of(-5, 0, 1, 7), [-5, 0, 1, 7]],
  ["int64", BigInt64Array.of(-5n, 0n, 1n, 7n), [-5, 0, 1, 7]],
  ["bool", Uint8Array.of(0, 1, 1, 0), [0, 1, 1, 0]],
])(
  "constants stored as %s are widened by the engine, from memory and from a file",
  async (dtype, data, expected) => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [1]);
    const file = join(folder, `${dtype}.bin`);
    // Two bytes in front: ranges of a checkpoint are aligned to nothing.
    writeFileSync(file, Buffer.concat([Buffer.alloc(2), Buffer.from(data.buffer)]));
    const stored = [{ dtype, shape: [4], data } as Tensor, { dtype, shape: [4], file, byteOffset: 2 }];
    for (const [index, tensor] of stored.entries()) {
      g.output(`y${index}`, g.add(x, g.cast(g.constant(tensor), "float32")));
    }
    const { y0, y1 } = await runGraph(runtime, g, { x: vector(0) });
    expect(y0?.data).toEqual(Float32Array.from(expected));
    expect(y1?.data).toEqual(Float32Array.from(expected));
  },
);

function externalData(location: string, offset: number, length: number) {
  return Object.entries({ location, offset: String(offset), length: String(length) }).map(([key, value]) => ({
    key,
    value,
  }));
}

/** Writes 0, 1, 2, ... behind some bytes of something else. */
function storeFloat32(name: string, byteOffset: number): FileTensor {
  const file = join(folder, name);
  const elements = Float32Array.from({ length: LARGE }, (_, i) => i);
  writeFileSync(file, Buffer.concat([Buffer.alloc(byteOffset), Buffer.from(elements.buffer)]));
  return { dtype: "float32", shape: [LARGE], file, byteOffset };
}
