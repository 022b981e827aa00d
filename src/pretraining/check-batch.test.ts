import { expect, test } from "vitest";
import { DataError } from "../errors.ts";
import { checkBatch } from "./check-batch.ts";
import type { CaptionedBatch } from "./picture-source.ts";

const request = { step: 3, batchSize: 2, imageSize: 4, seed: 1 };
const picture = { width: 4, height: 4, data: new Uint8Array(48) };
const batch = { pictures: [picture, picture], captions: ["a dog", "a cat"] };

test("takes what was asked for", () => {
  expect(() => checkBatch(batch, request)).not.toThrow();
});

test.each<[string, Partial<CaptionedBatch>, string]>([
  [
    "another number of pictures",
    { pictures: [picture] },
    "2 pictures with a caption each, got 1 pictures and 2 captions.",
  ],
  [
    "another number of captions",
    { captions: ["a", "b", "c"] },
    "2 pictures with a caption each, got 2 pictures and 3 captions.",
  ],
  [
    "a picture of another size",
    { pictures: [picture, { width: 8, height: 2, data: picture.data }] },
    "pictures of 4 x 4 pixels, 3 values each, got 48 values for 8 x 2 pixels.",
  ],
  [
    "a picture with transparency",
    { pictures: [{ ...picture, data: new Uint8Array(64) }, picture] },
    "pictures of 4 x 4 pixels, 3 values each, got 64 values for 4 x 4 pixels.",
  ],
  ["an empty caption", { captions: ["a dog", " "] }, 'captions that say something, got " ".'],
  [
    "a caption that is none",
    { captions: ["a dog", undefined as unknown as string] },
    "captions that say something, got undefined.",
  ],
])("refuses %s", (_, part, message) => {
  const check = () => checkBatch({ ...batch, ...part }, request);
  expect(check).toThrow(DataError);
  expect(check).toThrow(`picture source, step 3: expected ${message}`);
});
