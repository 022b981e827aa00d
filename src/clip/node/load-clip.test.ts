import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type HubServer, startHub } from "../../../test/support/hub-server.ts";
import { testTokenizerJson } from "../../../test/support/test-tokenizer.ts";
import { ConfigError, ModelFileError, StorageError } from "../../errors.ts";
import { withFileSource } from "../../tensor/node/file-source.ts";
import { readTensor } from "../../tensor/node/read-tensor.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { parseSafetensors } from "../checkpoint/safetensors.ts";
import { writeSafetensors } from "../checkpoint/write-safetensors.ts";
import { loadClip, loadClipWeights } from "./load-clip.ts";

const golden = join(import.meta.dirname, "../../../test/golden");
const root = mkdtempSync(join(tmpdir(), "lamm-load-"));
const TOKENIZER_SIZE = 520;

/** The golden model with a vocabulary that the test tokenizer fits, in Hugging Face's layout. */
const model = join(root, "model");
let tensors: Map<string, Tensor>;
beforeAll(() => {
  cpSync(join(golden, "clip-vit.huggingface"), model, { recursive: true });
  const stored = withFileSource(
    join(golden, "clip-vit.huggingface/model.safetensors"),
    parseSafetensors,
  ).tensors;
  tensors = new Map([...stored].map(([name, tensor]) => [name, readTensor(tensor)]));
  const data = Float32Array.from({ length: TOKENIZER_SIZE * 128 }, (_, index) => Math.sin(index));
  tensors.set("text_model.embeddings.token_embedding.weight", {
    dtype: "float32",
    shape: [TOKENIZER_SIZE, 128],
    data,
  });
  writeFileSync(join(model, "model.safetensors"), Buffer.concat(writeSafetensors(tensors)));
  const config = JSON.parse(readFileSync(join(model, "config.json"), "utf8"));
  config.text_config.vocab_size = TOKENIZER_SIZE;
  writeFileSync(join(model, "config.json"), JSON.stringify(config));
  writeFileSync(join(model, "tokenizer.json"), testTokenizerJson);
});
beforeEach(() => {
  vi.stubEnv("LAMM_CACHE", join(root, "cache"));
  vi.stubEnv("HF_HOME", mkdtempSync(join(root, "home-")));
  vi.stubEnv("HF_HUB_CACHE", undefined);
  vi.stubEnv("HF_TOKEN", undefined);
  vi.stubEnv("HF_HUB_OFFLINE", "1");
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true }));

/** A copy of the model's folder that a test may change. */
function copyOfModel(): string {
  const folder = mkdtempSync(join(root, "copy-"));
  cpSync(model, folder, { recursive: true });
  return folder;
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error("nothing was thrown");
}

describe("a folder", () => {
  test("is loaded with configuration, weights in their file, tokenizer and hash", async () => {
    const clip = await loadClip(model);
    expect(clip.id).toBe(model);
    expect(clip.config.text).toMatchObject({ vocabularySize: TOKENIZER_SIZE, layers: 3, heads: 2 });
    expect(clip.weights.text.tokenEmbedding).toMatchObject({ file: join(model, "model.safetensors") });
    expect(clip.weightsHash).toMatch(/^[0-9a-f]{64}$/);
    expect(clip.tokenizer.encodePrompt("a cat").at(-1)).toBe(clip.tokenizer.endOfText);
  });

  test("of one file with another name is loaded, several such files are not", async () => {
    const folder = mkdtempSync(join(root, "other-name-"));
    copyFileSync(join(golden, "clip-vit.torchscript.pt"), join(folder, "ViT.pt"));
    const { config, weightsHash } = await loadClipWeights(folder);
    expect(config.text.vocabularySize).toBe(71);
    expect(weightsHash).toBe((await loadClipWeights(join(golden, "clip-vit.torchscript.pt"))).weightsHash);
    copyFileSync(join(golden, "clip-rn.openai.safetensors"), join(folder, "RN.safetensors"));
    const error = await errorOf(loadClipWeights(folder));
    expect(error).toBeInstanceOf(ModelFileError);
    expect(error.message).toMatch(/got several files: (RN|ViT).*Name the file instead of the folder/);
  });

  test("without weights is refused", async () => {
    const folder = mkdtempSync(join(root, "empty-"));
    const error = await errorOf(loadClip(folder));
    expect(error).toBeInstanceOf(ModelFileError);
    expect(error.message).toContain(
      "expected weights such as model.safetensors or pytorch_model.bin, got none",
    );
  });

  test("of timm, whose model.safetensors is the image tower, is loaded by open_clip's names", async () => {
    const folder = mkdtempSync(join(root, "timm-"));
    const openClip = {
      model_cfg: {
        embed_dim: 64,
        quick_gelu: true,
        vision_cfg: { image_size: 32, layers: 3, width: 128, patch_size: 8 },
        text_cfg: { context_length: 77, vocab_size: 71, width: 128, heads: 2, layers: 3 },
      },
    };
    writeFileSync(join(folder, "open_clip_config.json"), JSON.stringify(openClip));
    writeFileSync(join(folder, "config.json"), '{"architecture": "vit_base_patch32_clip_224"}');
    writeFileSync(join(folder, "model.safetensors"), "the image tower alone");
    copyFileSync(join(golden, "clip-vit.openai.safetensors"), join(folder, "open_clip_model.safetensors"));
    expect((await loadClipWeights(folder)).config.text.activation).toBe("quick_gelu");
  });
});

describe("weights in several files", () => {
  const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;

  function writeShards(): string {
    const folder = copyOfModel();
    rmSync(join(folder, "model.safetensors"));
    const shardOf = (name: string) => (name.startsWith("text") ? names[0] : names[1]);
    for (const shard of names) {
      const own = new Map([...tensors].filter(([name]) => shardOf(name) === shard));
      writeFileSync(join(folder, shard), Buffer.concat(writeSafetensors(own)));
    }
    const weightMap = Object.fromEntries([...tensors.keys()].map((name) => [name, shardOf(name)]));
    writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: weightMap }));
    return folder;
  }

  test("are loaded as one", async () => {
    const folder = writeShards();
    const { weights, config } = await loadClip(folder);
    expect(config).toEqual((await loadClip(model)).config);
    expect(weights.text.tokenEmbedding).toMatchObject({ file: join(folder, names[0]) });
    const direct = await loadClipWeights(join(folder, "model.safetensors.index.json"));
    expect(direct.weights).toEqual(weights);
  });

  test("are refused if one is missing", async () => {
    const folder = writeShards();
    rmSync(join(folder, names[1]));
    const error = await errorOf(loadClip(folder));
    expect(error).toBeInstanceOf(ModelFileError);
    expect(error.message).toContain(
      `expected the file ${names[1]} in the same folder, got none. Download all files`,
    );
  });
});

describe("a file", () => {
  test.each([
    ["clip-vit.openai.safetensors", "vit"],
    ["clip-vit.torchscript.pt", "vit"],
    ["clip-vit.huggingface-bin/pytorch_model.bin", "vit"],
    ["clip-rn.openai.safetensors", "resnet"],
  ])("%s is loaded by itself", async (name, kind) => {
    const { config, weights, id } = await loadClipWeights(join(golden, name));
    expect(id).toBe(join(golden, name));
    expect(config.image.kind).toBe(kind);
    expect(weights.image.kind).toBe(kind);
  });

  test("uses the tokenizer beside it, or one that is given", async () => {
    const clip = await loadClip(join(model, "model.safetensors"));
    expect(clip.tokenizer.vocabularySize).toBe(TOKENIZER_SIZE);
    const folder = mkdtempSync(join(root, "bare-"));
    copyFileSync(join(model, "model.safetensors"), join(folder, "m.safetensors"));
    const bare = join(folder, "m.safetensors");
    const error = await errorOf(loadClip(bare));
    expect(error).toBeInstanceOf(ModelFileError);
    expect(error.message).toContain(`${folder}: expected a tokenizer.json beside the weights, got none.`);
    expect(error.message).toContain(
      "option `tokenizer`: a path, or a hub id such as openai/clip-vit-base-patch32",
    );
    for (const tokenizer of [model, join(model, "tokenizer.json")]) {
      expect((await loadClip(bare, { tokenizer })).tokenizer.vocabularySize).toBe(TOKENIZER_SIZE);
    }
  });

  test("with a tokenizer of another model is refused", async () => {
    const error = await errorOf(loadClip(join(golden, "clip-vit.openai.safetensors"), { tokenizer: model }));
    expect(error).toBeInstanceOf(ModelFileError);
    expect(error.message).toContain(
      "expected at most 71 tokens in its vocabulary, as the text tower has, got 520",
    );
  });

  test("may bring vocab.json and merges.txt instead of tokenizer.json", async () => {
    const folder = copyOfModel();
    const { model: bpe } = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8"));
    rmSync(join(folder, "tokenizer.json"));
    writeFileSync(join(folder, "vocab.json"), JSON.stringify(bpe.vocab));
    writeFileSync(join(folder, "merges.txt"), `#version: 0.2\n${bpe.merges.join("\n")}\n`);
    const expected = (await loadClip(model)).tokenizer.encodePrompt("a dog, a cat");
    expect((await loadClip(folder)).tokenizer.encodePrompt("a dog, a cat")).toEqual(expected);
  });
});

describe("bad files", () => {
  test.each([
    ["truncated", (path: string) => truncateSync(path, 100_000), /expected data within the file's \d+ bytes/],
    ["empty", (path: string) => truncateSync(path, 0), /expected at least 8 bytes, got a file of 0/],
    [
      "a Git LFS pointer",
      (path: string) => writeFileSync(path, "version https://git-lfs.github.com/spec/v1\n"),
      /git lfs pull/,
    ],
    ["a web page", (path: string) => writeFileSync(path, "<!doctype html>"), /expected a header of at most/],
  ])("that are %s are refused", async (_, damage, message) => {
    const folder = copyOfModel();
    damage(join(folder, "model.safetensors"));
    const error = await errorOf(loadClip(folder));
    expect(error).toBeInstanceOf(ModelFileError);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(join(folder, "model.safetensors"));
  });

  test("that are truncated zip files are refused", async () => {
    const file = join(root, "cut.pt");
    copyFileSync(join(golden, "clip-vit.torchscript.pt"), file);
    truncateSync(file, 1_000_000);
    const error = await errorOf(loadClip(file));
    expect(error).toBeInstanceOf(ModelFileError);
  });
});

describe("names", () => {
  test.each([
    ["./no/such/folder", "a path where there is nothing"],
    ["weights/ViT-B-16.pt", "a path where there is nothing"],
    ["ViT-B-16", "none of these"],
    ["a/b/c", "none of these"],
    ["owner/name@../../x", "none of these"],
    ["", "none of these"],
  ])("such as %j are refused", async (name, got) => {
    const error = await errorOf(loadClip(name));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(
      `model "${name}": expected a folder, a file, or a hub id such as openai/clip-vit-base-patch16, got ${got}.`,
    );
  });
});

describe("a hub id", () => {
  let hub: HubServer;
  beforeAll(async () => {
    const read = (name: string) => new Uint8Array(readFileSync(join(model, name)));
    const weights = {
      "model.safetensors": read("model.safetensors"),
      "config.json": read("config.json"),
      "preprocessor_config.json": read("preprocessor_config.json"),
    };
    hub = await startHub({
      "org/clip": { files: { ...weights, "tokenizer.json": read("tokenizer.json") } },
      "org/no-tokenizer": { files: weights },
      "openai/clip-vit-base-patch32": { files: { "tokenizer.json": read("tokenizer.json") } },
      "org/no-weights": { files: { "config.json": read("config.json") } },
    });
  });
  beforeEach(() => {
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    vi.stubEnv("HF_HUB_OFFLINE", undefined);
  });
  afterAll(() => hub.close());

  test("is downloaded once, equals the folder, and loads without a network after", async () => {
    const local = await loadClip(model);
    const clip = await loadClip("org/clip");
    expect(clip.id).toBe("org/clip");
    expect(clip.config).toEqual(local.config);
    expect(clip.weightsHash).toBe(local.weightsHash);
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    hub.requests.length = 0;
    expect((await loadClip("org/clip@main")).weights).toEqual(clip.weights);
    expect(hub.requests).toEqual([]);
  });

  test("without a tokenizer uses that of openai/clip-vit-base-patch32, and says so where there is none", async () => {
    await loadClipWeights("org/no-tokenizer");
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const offline = await errorOf(loadClip("org/no-tokenizer"));
    expect(offline).toBeInstanceOf(StorageError);
    vi.stubEnv("HF_HUB_OFFLINE", undefined);
    const clip = await loadClip("org/no-tokenizer");
    expect(clip.tokenizer.vocabularySize).toBe(TOKENIZER_SIZE);
  });

  test("whose usual tokenizer cannot be had either names both", async () => {
    const bare = await startHub({ "org/no-tokenizer": { files: { "config.json": new Uint8Array(0) } } });
    vi.stubEnv("HF_ENDPOINT", bare.endpoint);
    const error = await errorOf(loadClip(model, { tokenizer: "org/no-tokenizer" }));
    await bare.close();
    expect(error).toBeInstanceOf(ModelFileError);
    expect(error.message).toMatch(
      /^model "org\/no-tokenizer": expected a tokenizer of its own, or that of openai\/clip-vit-base-patch32.*401/,
    );
    expect(error.message).toContain("Give one as the option `tokenizer`");
  });

  test("without weights is refused", async () => {
    const error = await errorOf(loadClip("org/no-weights"));
    expect(error).toBeInstanceOf(ModelFileError);
    expect(error.message).toContain('model "org/no-weights": expected weights such as model.safetensors');
  });
});
