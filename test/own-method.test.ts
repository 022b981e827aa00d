import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createNodeRuntime,
  evaluateOnSource,
  openModel,
  openPictureSource,
  parseAdapter,
  predictPictures,
  serializeAdapter,
  trainOnFolder,
  trainOnSource,
} from "../src/node.ts";
import { createWorkspace, type Workspace } from "./support/cli/workspace.ts";
import { writePictures } from "./support/cli/write-pictures.ts";
import { memoryMethod } from "./support/memory-method.ts";
import { featureSet, writeFeatures } from "./support/write-features.ts";

const methods = [memoryMethod];
const config = { method: "memory" };
let work: Workspace;

beforeAll(async () => {
  work = await createWorkspace();
});
afterAll(() => work.remove());

test("a method of one's own learns from features without a model, is calibrated, kept and evaluated", async () => {
  const path = writeFeatures(
    work.path("features.safetensors"),
    { ...featureSet("train", [0, 1, 2, 0, 1, 2]), ...featureSet("test", [0, 1, 2, 0, 1, 2]) },
    { classNames: ["cat", "dog", "emu"] },
  );
  const source = openPictureSource({ runtime: createNodeRuntime({ threads: 1 }) }, path);
  const result = await trainOnSource(source, { config, methods, calibrate: true });
  if (result === undefined) throw new Error("nothing was stopped");
  const adapter = parseAdapter("memory", Buffer.concat(serializeAdapter(result.adapter)));
  expect(adapter).toEqual(result.adapter);
  const evaluation = await evaluateOnSource(source, adapter, { methods });
  // All test pictures are training pictures: it knows each, and the near-duplicates say why.
  expect(evaluation).toMatchObject({ adapter: { accuracy: 1 }, nearDuplicates: { total: 6 } });
  expect(evaluation).not.toHaveProperty("zeroShot");
  await expect(evaluateOnSource(source, adapter)).rejects.toThrow("method: expected one of lamm");
});

test("and from pictures with one, which it then classifies", async () => {
  const folder = await writePictures(work.path("photos"), { cat: 2, dog: 2, emu: 2 });
  const model = await openModel({ model: work.model, threads: 1 });
  const result = await trainOnFolder(model, folder, { config, methods });
  if (result === undefined) throw new Error("nothing was stopped");
  const found = await predictPictures(model, result.adapter, [folder], { methods, top: 1 });
  expect(found?.predictions.map(({ guesses }) => guesses[0]?.className)).toEqual([
    "cat",
    "cat",
    "dog",
    "dog",
    "emu",
    "emu",
  ]);
});
