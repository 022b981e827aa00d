import { expect, test } from "vitest";
import { sliceRows } from "./slice-rows.ts";

test("rows in memory are a view", () => {
  const data = Float32Array.of(0, 1, 2, 3, 4, 5);
  const rows = sliceRows({ dtype: "float32", shape: [3, 2], data }, 1, 3);
  expect(rows).toEqual({ dtype: "float32", shape: [2, 2], data: Float32Array.of(2, 3, 4, 5) });
  expect("data" in rows && rows.data.buffer).toBe(data.buffer);
});

test("rows in a file are a narrower byte range", () => {
  const stored = { dtype: "float16", shape: [6, 5, 2], file: "/weights", byteOffset: 100 } as const;
  expect(sliceRows(stored, 2, 4)).toEqual({ ...stored, shape: [2, 5, 2], byteOffset: 140 });
});

test("elements of a vector are its rows", () => {
  const stored = { dtype: "float32", shape: [6], file: "/weights", byteOffset: 8 } as const;
  expect(sliceRows(stored, 4, 6)).toEqual({ ...stored, shape: [2], byteOffset: 24 });
});
