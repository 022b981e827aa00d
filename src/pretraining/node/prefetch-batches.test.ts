import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { createPictureSource } from "../../../test/support/pretraining/coloured-squares.ts";
import { normalizePixels } from "../../clip/preprocess.ts";
import { ConfigError } from "../../errors.ts";
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
  expect(failure).toBeInstanceOf(ConfigError);
  expect((failure as ConfigError).details).toEqual({
    where: "coloured squares",
    expected: "another step",
    got: "2",
    fix: "Go on.",
  });
  expect((await prefetch.next(3)).captions).toHaveLength(3);
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
  await expect(opening).rejects.toThrow(ConfigError);
  await expect(opening).rejects.toThrow(message);
});

describe("a module of the user's", () => {
  const folder = mkdtempSync(join(tmpdir(), "lamm-source-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  function write(name: string, source: string): { readonly module: string } {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, `export const createPictureSource = async () => (${source});`);
    return { module: file };
  }

  test("makes no source", async () => {
    const opening = startPrefetch({ ...common, source: write("none", "{ identity: 3, texts: ['a'] }") });
    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow(
      "none.mjs, createPictureSource: expected a source with a text as its identity, a list of texts, and a function " +
        "batch, got one without a usable identity, batch.",
    );
  });

  test("gives fewer pictures than were asked for", async () => {
    const source = "{ identity: '', texts: [], batch: async () => ({ pictures: [], captions: [] }) }";
    open = await startPrefetch({ ...common, source: write("few", source) });
    await expect(open.next(4)).rejects.toThrow(
      "picture source, step 4: expected 3 pictures with a caption each, got 0 pictures and 0 captions.",
    );
  });

  test("ends the thread", async () => {
    const source = "{ identity: '', texts: [], batch: async () => process.exit(3) }";
    open = await startPrefetch({ ...common, source: write("exit", source) });
    await expect(open.next(0)).rejects.toThrow("got the end of the thread, with exit code 3.");
  });

  test("has a defect, which is told as it is", async () => {
    const source = "{ identity: '', texts: [], batch: async () => { throw new TypeError('a defect'); } }";
    open = await startPrefetch({ ...common, source: write("defect", source) });
    await expect(open.next(0)).rejects.toThrow(new TypeError("a defect"));
    await expect(open.next(1)).rejects.toThrow("a defect");
  });
});

test("tells those who wait when its thread has ended", async () => {
  const prefetch = await start();
  await prefetch.close();
  await expect(prefetch.next(0)).rejects.toThrow(
    "worker thread source-worker: expected an answer, got the end of the thread",
  );
});
