import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clipShapes } from "../../../scripts/random-checkpoint/clip-shapes.ts";
import { writeRandomCheckpoint } from "../../../scripts/random-checkpoint/write-random-checkpoint.ts";
import { testTokenizerJson } from "../test-tokenizer.ts";

/** A temporary folder for commands to work in, with a tiny CLIP of random weights. */
export interface Workspace {
  readonly folder: string;
  /** Folder of the CLIP. */
  readonly model: string;
  /** Folder of the feature cache; `LAMM_CACHE` of this process and its children. */
  readonly cache: string;
  /** A path in the folder. */
  path(...names: string[]): string;
  remove(): void;
}

/** Makes a workspace; `LAMM_CACHE` points into it from then on. */
export async function createWorkspace(): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), "lamm-cli-"));
  const path = (...names: string[]) => join(folder, ...names);
  const model = path("clip");
  await writeTinyClip(model, 1);
  const earlier = process.env.LAMM_CACHE;
  process.env.LAMM_CACHE = path("cache");
  const remove = () => {
    if (earlier === undefined) delete process.env.LAMM_CACHE;
    else process.env.LAMM_CACHE = earlier;
    rmSync(folder, { recursive: true });
  };
  return { folder, model, cache: path("cache"), path, remove };
}

/** Writes a CLIP of 32 x 32 pixels with random weights and the tests' tokenizer. */
export async function writeTinyClip(folder: string, seed: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tokenizer.json"), testTokenizerJson);
  await writeRandomCheckpoint({
    folder,
    config: clipShapes["tiny-vit"],
    layout: "hugging-face",
    dtype: "float32",
    seed,
  });
}
