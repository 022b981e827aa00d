import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadClip } from "../../src/clip/node/load-clip.ts";
import { trainTokenizer } from "../../src/pretraining/train-tokenizer.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { startProcess } from "../support/cli/start-process.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";

let work: Workspace;
const module = join(import.meta.dirname, "..", "support", "pretraining", "coloured-squares.ts");
const tiny = {
  name: "squares",
  source: { module },
  model: {
    imageSize: 16,
    patchSize: 8,
    imageWidth: 64,
    imageLayers: 1,
    textWidth: 64,
    textLayers: 1,
    jointWidth: 32,
  },
  tokenizer: { vocabularySize: 530 },
  steps: 30,
  batchSize: 8,
  learningRate: 2e-3,
  warmupSteps: 3,
  checkpointEvery: 5,
};

beforeAll(async () => {
  work = await createWorkspace();
});
afterAll(() => work.remove());

/** Writes a config into a folder of its own. */
function writeConfig(name: string, config: object): string {
  const file = work.path(name, "config.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(config));
  return file;
}

const pretrain = (config: string, out: string) => runRecorded(["pretrain", config, "--out", out]);

/** All files of a folder. */
const contentOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name))]),
  );

describe("lamm pretrain", () => {
  test("learns, and writes a model that loads and tells what it was made of", async () => {
    const out = work.path("squares");
    const config = writeConfig("learn", tiny);
    const { exitCode, stdout, stderr } = await runRecorded(["pretrain", config, "--out", out, "--json"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining("pictures/s") });
    const { curve, model } = JSON.parse(stdout);
    expect(model).toBe(out);
    expect(curve.map(({ step }: { step: number }) => step)).toEqual([5, 10, 15, 20, 25, 30]);
    // Equal captions are positives: a batch of 8 squares in 4 colours can come below ln 8, and far below.
    expect(curve.at(-1).loss).toBeLessThan(0.8 * curve[0].loss);
    expect(curve.at(-1).accuracy).toBeGreaterThan(0.7);
    const clip = await loadClip(out);
    expect(clip.config).toMatchObject({
      jointWidth: 32,
      image: { imageSize: 16, patchSize: 8, width: 64, heads: 1 },
    });
    expect(clip.tokenizer.vocabularySize).toBe(clip.config.text.vocabularySize);
    const card = readFileSync(join(out, "README.md"), "utf8");
    expect(card).toContain("# squares");
    expect(card).toContain(`lamm pretrain ${config} --out ${out}`);
    expect(card).toMatch(/\| 30 \| \d\.\d{3} \| \d+\.\d % \|/);
    expect(existsSync(`${out}.checkpoint`)).toBe(false);
  });

  test("goes on after being killed, and ends with the same bytes", { timeout: 240_000 }, async () => {
    const config = writeConfig("kill", { ...tiny, steps: 60 });
    const command = (out: string) => ["pretrain", config, "--out", out];
    const out = work.path("killed");
    await runRecorded(command(out));
    const whole = contentOf(out);
    for (const name of readdirSync(out)) writeFileSync(join(out, name), "");
    let kills = 0;
    for (const wait of [1, 40, 90]) {
      const process = startProcess(command(out));
      let hasEnded = false;
      process.ended.then(() => {
        hasEnded = true;
      });
      while (!hasEnded && !existsSync(`${out}.checkpoint`)) await setTimeout(5);
      await setTimeout(wait);
      process.kill("SIGKILL");
      if ((await process.ended).signal === "SIGKILL") kills += 1;
    }
    expect(kills).toBeGreaterThan(0);
    expect((await startProcess(command(out)).ended).exitCode).toBe(0);
    expect(contentOf(out)).toEqual(whole);
  });

  test("stops at Ctrl-C with its checkpoint kept, and says how to go on", async () => {
    const out = work.path("stopped");
    const config = writeConfig("stop", tiny);
    const { exitCode, stderr } = await runRecorded(["pretrain", config, "--out", out], {
      onListening: (interrupt) => interrupt(),
    });
    expect(exitCode).toBe(130);
    expect(stderr).toContain("stopping after the next checkpoint");
    expect(stderr).toContain(
      `Stopped. What is done is kept; to go on:\n  lamm pretrain ${config} --out ${out}\n`,
    );
  });

  test("learns from a folder of pictures with captions", async () => {
    const folder = await writePictures(work.path("photos"), { cat: 6, dog: 6 });
    const lines = ["cat", "dog"].flatMap((name) =>
      Array.from({ length: 6 }, (_, index) => ({
        image: `${name}/${index}.png`,
        captions: [`a ${name}`, name],
      })),
    );
    writeFileSync(join(folder, "captions.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
    const config = writeConfig("folder", { ...tiny, source: { folder: "../photos" }, steps: 10 });
    const { exitCode } = await pretrain(config, work.path("from-folder"));
    expect(exitCode).toBe(0);
    expect((await loadClip(work.path("from-folder"))).config.jointWidth).toBe(32);
  });
});

describe("lamm pretrain refuses", () => {
  test("to go on when the loss is no longer a number: it names the step and keeps the last checkpoint", async () => {
    const out = work.path("diverged");
    const config = writeConfig("diverge", {
      ...tiny,
      learningRate: 1e30,
      warmupSteps: 0,
      checkpointEvery: 1,
    });
    const { exitCode, stderr } = await pretrain(config, out);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /lamm: pre-training, step \d+: expected a loss and gradients that are numbers, got a loss of /,
    );
    expect(stderr).toContain("The last checkpoint is kept and is from before it.");
    expect(existsSync(`${out}.checkpoint`)).toBe(true);
    expect(existsSync(join(out, "model.safetensors"))).toBe(false);
  });

  test.each([
    ["an unknown key", { ...tiny, step: 3 }, 'got the key "step". Did you mean "steps"?'],
    ["a nested unknown key", { ...tiny, model: { pathSize: 8 } }, 'Did you mean "patchSize"?'],
    [
      "a width that is no multiple of a head",
      { ...tiny, model: { imageWidth: 100 } },
      "model.imageWidth: expected ",
    ],
    ["no source", { ...tiny, source: undefined }, "source: expected "],
    ["a vocabulary that is too small", { ...tiny, tokenizer: { vocabularySize: 10 } }, "lamm: "],
    [
      "a module that is not there",
      { ...tiny, source: { module: "none.ts" } },
      "none.ts: expected a module that can be",
    ],
    ["a folder that is not there", { ...tiny, source: { folder: "none" } }, "captions.jsonl: expected "],
    ["a tokenizer that is not there", { ...tiny, tokenizer: { file: "none.json" } }, "none.json: expected "],
  ])("%s", async (_, config, message) => {
    const out = work.path("refused");
    const { exitCode, stdout, stderr } = await pretrain(writeConfig("refuse", config), out);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain(message);
    expect(existsSync(join(out, "model.safetensors"))).toBe(false);
  });

  test("a vocabulary that lacks end-of-text", async () => {
    const json = JSON.parse(trainTokenizer(["a square"], { vocabularySize: 520 }));
    delete json.model.vocab["<|endoftext|>"];
    json.added_tokens = json.added_tokens.filter(
      ({ content }: { content: string }) => content !== "<|endoftext|>",
    );
    const config = writeConfig("lacking", { ...tiny, tokenizer: { file: "tokenizer.json" } });
    writeFileSync(work.path("lacking", "tokenizer.json"), JSON.stringify(json));
    const { exitCode, stderr } = await pretrain(config, work.path("refused"));
    expect(exitCode).toBe(1);
    expect(stderr).toContain("a vocabulary without the token <|endoftext|> for end-of-text");
  });

  test("a config that is no JSON, and one that is not there", async () => {
    const file = work.path("broken.json");
    writeFileSync(file, "{");
    expect((await pretrain(file, work.path("refused"))).stderr).toContain("broken.json: expected JSON, got ");
    expect((await pretrain(work.path("absent.json"), work.path("refused"))).stderr).toContain(
      "absent.json: expected ",
    );
  });
});
