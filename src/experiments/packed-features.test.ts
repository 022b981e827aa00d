import fc from "fast-check";
import { expect, test } from "vitest";
import { hashBytes, packedHashes, packFeatures, unpackFeatures } from "./packed-features.ts";

const hash = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 32, maxLength: 32 });
const hex = hash.map((bytes) => Buffer.from(bytes).toString("hex"));

test("features come back bit for bit, those that are not numbers too", () => {
  const problem = fc.integer({ min: 0, max: 9 }).chain((width) =>
    fc.array(
      fc.record({
        contentHash: hex,
        feature: fc.float32Array({ minLength: width, maxLength: width }),
      }),
      { maxLength: 6 },
    ),
  );
  fc.assert(
    fc.property(problem, (features) => {
      const bytes = packFeatures(features);
      const found = unpackFeatures(bytes);
      expect(found.map(({ contentHash }) => contentHash)).toEqual(
        features.map(({ contentHash }) => contentHash),
      );
      found.forEach(({ feature }, index) => {
        expect(Buffer.from(feature.buffer)).toEqual(
          Buffer.from(Float32Array.from(features[index]?.feature ?? []).buffer),
        );
      });
      expect(packedHashes(bytes.subarray(0, hashBytes(features.length)))).toEqual(
        features.map(({ contentHash }) => contentHash),
      );
    }),
  );
});

test("bytes that begin anywhere in their memory are read", () => {
  const bytes = packFeatures([{ contentHash: "ab".repeat(32), feature: Float32Array.of(1.5, -2) }]);
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  expect(unpackFeatures(moved.subarray(3))[0]?.feature).toEqual(Float32Array.of(1.5, -2));
});

const fix = "Use the same version of lamm on all machines.";
const where = "features from another machine: expected packed features of some pictures";

test("other bytes are refused", () => {
  const bytes = packFeatures([{ contentHash: "ab".repeat(32), feature: Float32Array.of(1, 2) }]);
  expect(() => unpackFeatures(bytes.subarray(0, 47))).toThrow(`${where}, got 47 bytes instead of 48. ${fix}`);
  expect(() => unpackFeatures(bytes.subarray(0, 5))).toThrow(`${where}, got 5 bytes. ${fix}`);
  expect(() => packedHashes(bytes.subarray(0, 20))).toThrow(`${where}, got 20 bytes for 1 pictures. ${fix}`);
  const huge = new Uint8Array(8).fill(255);
  expect(() => unpackFeatures(huge)).toThrow(`${where}, got 4294967295 pictures of width 4294967295. ${fix}`);
});
