import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type HubServer, MAIN_COMMIT, startHub } from "../../../test/support/hub-server.ts";
import { ConfigError, StorageError } from "../../errors.ts";
import { findModelFiles } from "./find-model-files.ts";
import type { DownloadProgress } from "./hub-download.ts";
import { withHubFiles } from "./hub-files.ts";

const OTHER_COMMIT = "f".repeat(40);
const weights = Uint8Array.from({ length: 200_000 }, (_, index) => (index * 31) % 251);
const sha256 = createHash("sha256").update(weights).digest("hex");
const config = Buffer.from('{"model_type": "clip"}');
const files = { "model.safetensors": weights, "config.json": config };

const root = mkdtempSync(join(tmpdir(), "lamm-hub-"));
let hub: HubServer;
let home = root;
beforeEach(async () => {
  home = mkdtempSync(join(root, "home-"));
  hub = await startHub({
    "org/clip": { files, refs: { main: MAIN_COMMIT, "v1.0": OTHER_COMMIT } },
    "org/bin": { files: { "pytorch_model.bin": weights, "README.md": Buffer.from("no") } },
    "org/private": { files, access: "hf_secret" },
    "org/gated": { files, access: "gated" },
  });
  for (const name of ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HF_HUB_OFFLINE"]) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HOME", home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});
afterAll(() => rmSync(root, { recursive: true }));

const clip = { repository: "org/clip", revision: "main" };
const find = (model = clip, onProgress?: (progress: DownloadProgress) => void) =>
  withHubFiles(model, findModelFiles, { onProgress });
const repositoryFolder = () => join(home, "hub", "models--org--clip");
const blob = () => join(repositoryFolder(), "blobs", sha256);

/** The error that a promise is rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error("nothing was thrown");
}

describe("a download", () => {
  test("fills the cache in the layout that huggingface_hub shares", async () => {
    const found = await find();
    const snapshot = join(repositoryFolder(), "snapshots", MAIN_COMMIT);
    expect(found).toEqual({
      weights: join(snapshot, "model.safetensors"),
      config: join(snapshot, "config.json"),
    });
    expect(new Uint8Array(readFileSync(join(snapshot, "model.safetensors")))).toEqual(weights);
    expect(readlinkSync(join(snapshot, "model.safetensors"))).toBe(join("..", "..", "blobs", sha256));
    const gitHash = createHash("sha1").update(`blob ${config.length}\0`).update(config).digest("hex");
    expect(readlinkSync(join(snapshot, "config.json"))).toBe(join("..", "..", "blobs", gitHash));
    expect(readFileSync(join(repositoryFolder(), "refs", "main"), "utf8")).toBe(MAIN_COMMIT);
    expect(readdirSync(join(repositoryFolder(), ".no_exist", MAIN_COMMIT)).sort()).toEqual([
      "open_clip_config.json",
      "preprocessor_config.json",
    ]);
    expect(readdirSync(join(repositoryFolder(), "blobs")).sort()).toEqual([gitHash, sha256].sort());
  });

  test("fetches no file that is not used", async () => {
    const found = await find({ repository: "org/bin", revision: "main" });
    expect(found?.weights).toMatch(/pytorch_model\.bin$/);
    expect(hub.requests.filter((request) => request.includes("/resolve/"))).toEqual([
      `GET /org/bin/resolve/${MAIN_COMMIT}/pytorch_model.bin`,
    ]);
  });

  test("of another revision has its own snapshot, and shares contents", async () => {
    await find();
    hub.requests.length = 0;
    const found = await find({ ...clip, revision: "v1.0" });
    expect(found?.weights).toBe(join(repositoryFolder(), "snapshots", OTHER_COMMIT, "model.safetensors"));
    expect(hub.requests.filter((request) => request.includes("/resolve/"))).toEqual([]);
  });

  test("tells its progress in bytes", async () => {
    const progress: DownloadProgress[] = [];
    await find(clip, (step) => progress.push(step));
    const steps = progress.filter(({ file }) => file === "model.safetensors");
    expect(steps[0]).toEqual({ file: "model.safetensors", loadedBytes: 0, totalBytes: 200_000 });
    expect(steps.at(-1)).toEqual({ file: "model.safetensors", loadedBytes: 200_000, totalBytes: 200_000 });
    const loaded = steps.map(({ loadedBytes }) => loadedBytes);
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
  });

  test("writes nothing to standard output", async () => {
    const spies = (["log", "debug", "info"] as const).map((name) => vi.spyOn(console, name));
    await find();
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});

describe("a cached model", () => {
  test("is not asked for again, and works without a network", async () => {
    const first = await find();
    hub.requests.length = 0;
    expect(await find()).toEqual(first);
    expect(hub.requests).toEqual([]);
    await hub.close();
    expect(await find()).toEqual(first);
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    expect(await find({ ...clip, revision: MAIN_COMMIT })).toEqual(first);
  });

  test("is found in HF_HUB_CACHE, which goes before HF_HOME", async () => {
    vi.stubEnv("HF_HUB_CACHE", join(home, "elsewhere"));
    const found = await find();
    expect(found?.weights).toContain(join(home, "elsewhere", "models--org--clip"));
  });

  test("as Python leaves it, without notes of absent files, does offline", async () => {
    const first = await find();
    rmSync(join(repositoryFolder(), ".no_exist"), { recursive: true });
    vi.stubEnv("HF_HUB_OFFLINE", "true");
    expect(await find()).toEqual(first);
    vi.stubEnv("HF_HUB_OFFLINE", undefined);
    hub.faults.status = 503;
    expect(await find()).toEqual(first);
  });

  test("as Python leaves it does where the hub never answers, too", async () => {
    const found = await find();
    rmSync(join(repositoryFolder(), ".no_exist"), { recursive: true });
    hub.faults.hang = true;
    expect(await find()).toEqual(found);
  });

  test("without its configuration does not do: the activation would be a guess", async () => {
    const first = await find();
    rmSync(join(repositoryFolder(), ".no_exist"), { recursive: true });
    rmSync(first?.config ?? "");
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const error = await errorOf(find());
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toBe(
      'model "org/clip": expected it in the cache, as HF_HUB_OFFLINE is set, got no complete copy. ' +
        "Unset HF_HUB_OFFLINE to download it, or name a local folder.",
    );
  });

  test("whose contents were deleted is downloaded again", async () => {
    const first = await find();
    rmSync(blob());
    expect(await find()).toEqual(first);
    expect(new Uint8Array(readFileSync(first?.weights ?? ""))).toEqual(weights);
  });
});

describe("an interrupted download", () => {
  test("leaves no broken file, and goes on where it ended", async () => {
    hub.faults.cutAfter = 70_000;
    const error = await errorOf(find());
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toMatch(
      /^org\/clip, model\.safetensors: expected 200000 bytes, got the end of the connection after \d+\. Try again: /,
    );
    expect(existsSync(blob())).toBe(false);
    const present = readFileSync(`${blob()}.incomplete`).length;
    expect(present).toBeGreaterThan(0);
    hub.requests.length = 0;
    const progress: DownloadProgress[] = [];
    const found = await find(clip, (step) => progress.push(step));
    expect(hub.requests).toContain(
      `GET /org/clip/resolve/${MAIN_COMMIT}/model.safetensors bytes=${present}-`,
    );
    expect(progress[0]?.loadedBytes).toBe(present);
    expect(new Uint8Array(readFileSync(found?.weights ?? ""))).toEqual(weights);
    expect(existsSync(`${blob()}.incomplete`)).toBe(false);
  });

  test("goes on with a server that knows no ranges", async () => {
    hub.faults.cutAfter = 70_000;
    await errorOf(find());
    hub.faults.ignoreRanges = true;
    expect(new Uint8Array(readFileSync((await find())?.weights ?? ""))).toEqual(weights);
  });

  test.each([
    ["wrong bytes", Uint8Array.of(1, 2, 3)],
    ["too many bytes", new Uint8Array(300_000)],
    ["as many, but wrong bytes", new Uint8Array(200_000)],
  ])("that left %s starts over", async (_, left) => {
    mkdirSync(join(repositoryFolder(), "blobs"), { recursive: true });
    writeFileSync(`${blob()}.incomplete`, left);
    const found = await find();
    expect(new Uint8Array(readFileSync(found?.weights ?? ""))).toEqual(weights);
  });

  test("that left all bytes is completed without another", async () => {
    mkdirSync(join(repositoryFolder(), "blobs"), { recursive: true });
    writeFileSync(`${blob()}.incomplete`, weights);
    await find();
    expect(hub.requests.filter((request) => request.includes("model.safetensors"))).toEqual([]);
  });

  test("beside another process at the same file ends well for both", async () => {
    const both = await Promise.all([find(), find()]);
    for (const found of both) expect(new Uint8Array(readFileSync(found?.weights ?? ""))).toEqual(weights);
  });
});

describe("an error", () => {
  test("of wrong bytes keeps nothing", async () => {
    hub.faults.corrupt = true;
    const error = await errorOf(find());
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toBe(
      `org/clip, model.safetensors: expected the 200000 bytes with hash ${sha256}, got other bytes. ` +
        "Nothing of them was kept; try again.",
    );
    expect(existsSync(blob())).toBe(false);
    expect(existsSync(`${blob()}.incomplete`)).toBe(false);
  });
});

describe("an error of access", () => {
  test("of an unknown model says what may be wrong", async () => {
    const error = await errorOf(find({ repository: "org/none", revision: "main" }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toBe(
      'model "org/none": expected a model that may be read, got an unknown one, or no permission (401). ' +
        "Check the name; if the model is private or gated, set HF_TOKEN to an access token of an account that may " +
        "read it.",
    );
  });

  test("of an unknown revision names it", async () => {
    const error = await errorOf(find({ ...clip, revision: "v9" }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(
      'got none of that name with revision "v9" (404). Check name and revision.',
    );
  });

  test("of a gated model says where to accept its terms", async () => {
    const error = await errorOf(find({ repository: "org/gated", revision: "main" }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(
      `got a gated one, or no permission (403). Accept its terms at ${hub.endpoint}/org/gated`,
    );
  });

  test("of a private model goes away with the token", async () => {
    const model = { repository: "org/private", revision: "main" };
    expect((await errorOf(find(model))).message).toContain("set HF_TOKEN");
    vi.stubEnv("HF_TOKEN", "hf_wrong");
    expect((await errorOf(find(model))).message).toContain("that the token in HF_TOKEN is valid");
    vi.stubEnv("HF_TOKEN", "hf_secret");
    expect((await find(model))?.weights).toMatch(/model\.safetensors$/);
  });
});

describe("an error of the machine", () => {
  test("of the network names the hub, and what is left to do", async () => {
    await hub.close();
    const error = await errorOf(find());
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toMatch(
      /^model "org\/clip": expected an answer from http:\/\/127\.0\.0\.1:\d+, got .*ECONNREFUSED.* Check the network/,
    );
  });

  test("of the hub itself names its status", async () => {
    hub.faults.status = 503;
    const error = await errorOf(find());
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toContain("got an answer with status 503");
  });

  test("of a model that is not cached says so when offline, and asks nobody", async () => {
    vi.stubEnv("HF_HUB_OFFLINE", "YES");
    expect((await errorOf(find())).message).toContain("as HF_HUB_OFFLINE is set, got no complete copy");
    expect(hub.requests).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)(
    "of a cache without write permission names it (skipped as root)",
    async () => {
      chmodSync(home, 0o500);
      const error = await errorOf(find());
      expect(error).toBeInstanceOf(StorageError);
      expect(error.message).toContain("got a folder without write permission (EACCES)");
    },
  );

  test("of a cache folder that is a file names it", async () => {
    writeFileSync(join(home, "hub"), "");
    const error = await errorOf(find());
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toContain("expected a file that can be written");
  });

  test("of settings names the variable", async () => {
    vi.stubEnv("HF_ENDPOINT", "hub");
    expect((await errorOf(find())).message).toBe(
      'HF_ENDPOINT: expected an address such as https://huggingface.co, got "hub".',
    );
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    vi.stubEnv("HF_TOKEN", "secret");
    const { message } = await errorOf(find());
    expect(message).toContain(
      "HF_TOKEN: expected an access token, which begins with hf_, got something else.",
    );
    expect(message).not.toContain("secret");
  });
});
