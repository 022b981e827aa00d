import { expect, test } from "vitest";
import type { LabelledPicture } from "../data/image-folder.ts";
import { createTensor } from "../tensor/tensor.ts";
import { findDuplicatePictures } from "./duplicate-pictures.ts";
import type { PictureSource } from "./picture-source.ts";

const directions: Readonly<Record<string, readonly [number, number]>> = {
  "train/a": [1, 0],
  "train/b": [0, 1],
  "train/broken": [0, 0],
  "test/a": [1, 0],
  "test/c": [-1, 0],
};
const picture = (path: string): LabelledPicture => ({ path, label: 0 });

/** Pictures whose features are these directions; one cannot be read. */
function stubSource(stopped = false) {
  const source: Pick<PictureSource, "encode"> = {
    async encode(pictures) {
      if (stopped) return undefined;
      const indices = pictures.flatMap(({ path }, index) => (path.includes("broken") ? [] : [index]));
      const rows = indices.flatMap((index) => directions[pictures[index]?.path ?? ""] ?? []);
      return {
        features: createTensor("float32", [indices.length, 1, 2], Float32Array.from(rows)),
        indices,
        unreadable: [],
      };
    },
  };
  return source;
}

const optionsOf = (...learned: string[]) => ({
  learned: learned.map(picture),
  test: [picture("test/c"), picture("test/a")],
  testFeatures: createTensor("float32", [2, 2], Float32Array.of(-1, 0, 1, 0)),
});

test("pairs are named by their paths, around pictures that cannot be read", async () => {
  const options = optionsOf("train/broken", "train/b", "train/a");
  expect(await findDuplicatePictures(stubSource(), options)).toEqual({
    pairs: [{ train: "train/a", test: "test/a", cosine: 1 }],
    total: 1,
  });
});

test("only pictures that were learned from count", async () => {
  expect(await findDuplicatePictures(stubSource(), optionsOf("train/b"))).toEqual({ pairs: [], total: 0 });
});

test("without a single readable training picture there is nothing", async () => {
  expect(await findDuplicatePictures(stubSource(), optionsOf("train/broken"))).toEqual({
    pairs: [],
    total: 0,
  });
});

test("a signal that stops the encoding stops it", async () => {
  expect(await findDuplicatePictures(stubSource(true), optionsOf("train/a"))).toBeUndefined();
});
