import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { ConfigError, ShapeError } from "../errors.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createTensor, type StoredTensor, type Tensor } from "../tensor/tensor.ts";
import { toFloat16 } from "../tensor/to-float16.ts";
import { nearestTokens } from "./nearest-tokens.ts";

const WIDTH = 3;

function rows({ data, shape: [count = 0, width = 0] }: Tensor<"float32">): number[][] {
  return Array.from({ length: count }, (_, row) => [...data.subarray(row * width, (row + 1) * width)]);
}

/** Every token, by distance. */
function bruteForce(vectors: Tensor<"float32">, table: Tensor<"float32">, count: number) {
  const product = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, x, k) => sum + x * (b[k] ?? 0), 0);
  return rows(vectors).map((vector) =>
    rows(table)
      .map((embedding, id) => {
        const apart = vector.map((x, k) => x - (embedding[k] ?? 0));
        const lengths = Math.hypot(...vector) * Math.hypot(...embedding);
        return { id, distance: Math.hypot(...apart), cosine: product(vector, embedding) / lengths };
      })
      .sort((a, b) => a.distance - b.distance)
      .slice(0, count),
  );
}

describe("nearest tokens", () => {
  test("are those of comparing with every one, over several blocks", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(1, 5, 2048, 2049, 5000),
        fc.integer({ min: 1, max: 7 }),
        (seed, size, count) => {
          const draw = seededTensor(seed);
          const vectors = draw([4, WIDTH], 1);
          const table = draw([size, WIDTH], 1);
          const found = nearestTokens({ vectors, table, readFloat32, count });
          const wanted = bruteForce(vectors, table, count);
          expect(found).toEqual(
            wanted.map((near) =>
              near.map(({ id, distance, cosine }) => ({
                id,
                distance: expect.closeTo(distance, 12),
                cosine: expect.closeTo(cosine, 12),
              })),
            ),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  test("of a token is that token itself", () => {
    const table = seededTensor(5)([3000, WIDTH], 1);
    const vectors = createTensor("float32", [1, WIDTH], table.data.slice(2500 * WIDTH, 2501 * WIDTH));
    const [nearest] = nearestTokens({ vectors, table, readFloat32, count: 2 });
    expect(nearest?.[0]).toEqual({ id: 2500, distance: 0, cosine: expect.closeTo(1, 12) });
    expect(nearest?.[1]?.distance).toBeGreaterThan(0);
  });

  test("of equal distances are those with the lower ids", () => {
    const table = createTensor("float32", [4, 1], Float32Array.of(1, -1, 1, 3));
    const vectors = createTensor("float32", [1, 1], Float32Array.of(0));
    const [nearest] = nearestTokens({ vectors, table, readFloat32, count: 3 });
    expect(nearest).toEqual([0, 1, 2].map((id) => ({ id, distance: 1, cosine: 0 })));
  });

  test("are all of a vocabulary that has fewer", () => {
    const table = createTensor("float32", [2, 1], Float32Array.of(1, 2));
    const vectors = createTensor("float32", [1, 1], Float32Array.of(5));
    expect(nearestTokens({ vectors, table, readFloat32 })[0]?.map(({ id }) => id)).toEqual([1, 0]);
  });

  test("read a float16 table in a file, block by block", () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "lamm-tokens-")));
    try {
      const table = seededTensor(6)([5000, WIDTH], 1);
      const half = toFloat16(table);
      const file = join(folder, "table.bin");
      writeFileSync(file, Buffer.concat([Buffer.alloc(8), Buffer.from(half.data.buffer)]));
      const read: number[] = [];
      const found = nearestTokens({
        vectors: seededTensor(7)([2, WIDTH], 1),
        table: { dtype: "float16", shape: table.shape, file, byteOffset: 8 },
        readFloat32: (stored: StoredTensor) => {
          read.push(stored.shape[0] ?? 0);
          return readFloat32(stored);
        },
      });
      expect(read).toEqual([2048, 2048, 904]);
      expect(found).toEqual(
        nearestTokens({ vectors: seededTensor(7)([2, WIDTH], 1), table: half, readFloat32 }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("refuse a table of another width, and counts that are none", () => {
    const vectors = createTensor("float32", [1, 2], new Float32Array(2));
    const table = createTensor("float32", [1, 3], new Float32Array(3));
    expect(() => nearestTokens({ vectors, table, readFloat32 })).toThrow(ShapeError);
    expect(() => nearestTokens({ vectors, table, readFloat32 })).toThrow(
      "nearestTokens: expected vectors [L, W] and a table [vocabulary, W], got [1, 2] and [1, 3]. " +
        "Take the token embeddings of the model that the vectors were learned for.",
    );
    expect(() => nearestTokens({ vectors, table: vectors, readFloat32, count: 0 })).toThrow(ConfigError);
    expect(() => nearestTokens({ vectors, table: vectors, readFloat32, count: 0 })).toThrow(
      "nearestTokens, count: expected a whole number from 1, got 0.",
    );
  });
});
