import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import { createCheckpointFile } from "./checkpoint-file.ts";

const folder = mkdtempSync(join(tmpdir(), "lamm-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true }));

const state: Record<string, Tensor> = {
  "parameter.tokens": createTensor("float32", [3], Float32Array.of(1, -0, 0.1)),
  epoch: createTensor("float64", [1], Float64Array.of(1 / 3)),
};

/** A store of one file that keeps what it was told to ignore. */
function storeAt(path: string, run = "run A") {
  const reasons: string[] = [];
  return { reasons, store: createCheckpointFile(path, run, (reason) => reasons.push(reason)) };
}

test("a saved state is loaded again, the last one only, in folders that there were not", () => {
  const path = join(folder, "new", "folder", "checkpoint");
  const { store, reasons } = storeAt(path);
  expect(store.load()).toBeUndefined();
  store.save({ old: createTensor("float32", [1], Float32Array.of(1)) });
  store.save(state);
  expect(storeAt(path).store.load()).toEqual(state);
  expect(reasons).toEqual([]);
});

test("another run's state is not continued, but reported and replaced", () => {
  const path = join(folder, "other");
  storeAt(path, "run A").store.save(state);
  const { store, reasons } = storeAt(path, "run B");
  expect(store.load()).toBeUndefined();
  expect(reasons).toEqual([`${path} belongs to a run with other settings; this one starts anew`]);
  store.save({ epoch: createTensor("float64", [1], Float64Array.of(7)) });
  expect(store.load()).toEqual({ epoch: createTensor("float64", [1], Float64Array.of(7)) });
});

test("without a listener it is not continued either", () => {
  const path = join(folder, "silent");
  storeAt(path, "run A").store.save(state);
  expect(createCheckpointFile(path, "run B").load()).toBeUndefined();
});

describe("a damaged file is reported, not continued", () => {
  const path = join(folder, "damaged");
  storeAt(path).store.save(state);
  const bytes = readFileSync(path);

  test.each([
    ["empty", new Uint8Array(0)],
    ["cut short", bytes.subarray(0, bytes.length - 1)],
    ["something else", Buffer.from("not a checkpoint at all")],
  ])("%s", (_, damaged) => {
    writeFileSync(path, damaged);
    const { store, reasons } = storeAt(path);
    expect(store.load()).toBeUndefined();
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(new RegExp(`^${path}.*: expected .*, got .* The run starts anew\\.$`));
  });

  test("wherever a bit of it flipped", () => {
    const flip = fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) });
    fc.assert(
      fc.property(flip, ({ at, bit }) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        writeFileSync(path, damaged);
        const { store, reasons } = storeAt(path);
        expect([store.load(), reasons.length]).toEqual([undefined, 1]);
      }),
      { numRuns: 300 },
    );
  });
});

test("clearing removes the file and what killed processes left beside it, nothing else", () => {
  const own = join(folder, "clearing");
  const path = join(own, "a.checkpoint");
  const { store } = storeAt(path);
  store.save(state);
  storeAt(join(own, "b.checkpoint")).store.save(state);
  const others = ["a.checkpoint.tmp", ".b.checkpoint.1.tmp", "b.checkpoint"];
  for (const name of [".a.checkpoint.1.tmp", ...others.slice(0, 2)]) writeFileSync(join(own, name), "");
  store.clear();
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(own).sort()).toEqual(others.sort());
  store.clear();
  expect(store.load()).toBeUndefined();
});
