import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createPictureSource } from "../../../test/support/pretraining/coloured-squares.ts";
import { normalizePixels } from "../../clip/preprocess.ts";
import { ConfigError, LammError } from "../../errors.ts";
import { type Prefetch, startPrefetch } from "./prefetch-batches.ts";

const support = join(import.meta.dirname, "..", "..", "..", "test", "support", "pretraining");
const module = join(support, "coloured-squares.ts");
const preprocessing = { imageSize: 4, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.25] } as const;
const common = { batchSize: 3, seed: 7, preprocessing };

let open: Prefetch | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function start(options: unknown = undefined): Promise<Prefetch> {
  open = await startPrefetch({ ...common, source: { module, options } });
  return open;
}

test("gives what the source gives, as the image tower wants it", async () => {
  const prefetch = await start();
  const source = await createPictureSource(undefined);
  expect(prefetch.identity).toBe(source.identity);
  expect(prefetch.texts).toEqual(source.texts);
  for (const step of [0, 1, 2, 7, 3]) {
    const { pixels, captions } = await prefetch.next(step);
    const expected = await source.batch({ step, batchSize: 3, imageSize: 4, seed: 7 });
    expect(captions).toEqual(expected.captions);
    const flat = expected.pictures.flatMap((picture) => [...normalizePixels(picture, preprocessing)]);
    expect(pixels).toEqual(Float32Array.from(flat));
  }
});

test("carries the source's errors over, with all their parts, at the step that they belong to", async () => {
  const prefetch = await start({ failAt: 2 });
  await prefetch.next(0);
  await prefetch.next(1);
  const failure = await prefetch.next(2).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(LammError);
  expect((failure as LammError).code).toBe("ERR_CONFIG");
  expect((failure as LammError).message).toBe("coloured squares: expected another step, got 2. Go on.");
});

test.each([
  ["a module that is not there", "absent.ts", "absent.ts: expected a module that can be loaded, got "],
  [
    "a module without a source",
    "../seeded-tensor.ts",
    "expected a module that exports the function createPictureSource, got none of that name.",
  ],
])("refuses %s", async (_, name, message) => {
  const place = { module: join(support, name) };
  const opening = startPrefetch({ ...common, source: place });
  await expect(opening).rejects.toThrow(message);
  await expect(opening).rejects.toMatchObject({
    code: new ConfigError({ where: "", expected: "", got: "" }).code,
  });
});

test("tells those who wait when its thread has ended", async () => {
  const prefetch = await start();
  await prefetch.close();
  await expect(prefetch.next(0)).rejects.toThrow(
    "picture source: expected a batch, got the end of its thread",
  );
});
