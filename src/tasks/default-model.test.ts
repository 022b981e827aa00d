import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { writeTinyClip } from "../../test/support/cli/workspace.ts";
import { type HubServer, startHub } from "../../test/support/hub-server.ts";
import { stubHub } from "../../test/support/stub-hub.ts";
import { EMBEDDED_MODEL } from "../clip/node/embedded-model.ts";
import { loadClip } from "../clip/node/load-clip.ts";
import { probeHub } from "../clip/node/probe-hub.ts";
import { ConfigError, StorageError } from "../errors.ts";
import { chooseDefaultModel, DEFAULT_HUB_MODEL, DEFAULT_MODEL } from "./default-model.ts";

const root = mkdtempSync(join(tmpdir(), "lamm-default-"));
const modelsFolder = join(root, "models");
let files: Record<string, Uint8Array>;
let hub: HubServer;
let home: string;

beforeAll(async () => {
  const folder = join(modelsFolder, "picture-world");
  await writeTinyClip(folder, 1);
  files = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
});
beforeEach(async () => {
  home = mkdtempSync(join(root, "home-"));
  hub = await startHub({ [DEFAULT_MODEL]: { files } });
  stubHub(hub, home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});
afterAll(() => rmSync(root, { recursive: true }));

/** The choice, or what was thrown, and the notices. */
async function choose(folder = modelsFolder) {
  const notices: string[] = [];
  // No longer than it has to be: the hub answers at once or never.
  const probe = () => probeHub(DEFAULT_HUB_MODEL, hub.faults.hang ? 100 : 60_000);
  const options = { modelsFolder: folder, onNotice: (notice: string) => void notices.push(notice), probe };
  const outcome = await chooseDefaultModel(options).catch((error: unknown) => error);
  return { outcome, notices };
}

/** Expects the embedded model, and one notice with the reason that names both models. */
async function expectEmbedded(why: string) {
  const reason = `${DEFAULT_MODEL} is not in the cache, and ${why}`;
  const { outcome, notices } = await choose();
  expect(outcome).toEqual({ model: EMBEDDED_MODEL, source: "package", reason });
  expect(notices).toEqual([
    `${reason}. Using ${EMBEDDED_MODEL}, the small model that comes with lamm and knows little of photos. For the other, ` +
      `connect to the hub or name its folder with --model; to choose this one yourself, --model ${EMBEDDED_MODEL}.`,
  ]);
}

describe("without a model's name it is CLIP", () => {
  test("where the hub has it, and nothing is downloaded yet", async () => {
    expect(await choose()).toEqual({
      outcome: { model: DEFAULT_MODEL, source: "hub", reason: "the hub has it" },
      notices: [],
    });
    expect(hub.requests).toEqual([expect.stringContaining(`GET /api/models/${DEFAULT_MODEL}/revision/main`)]);
  });

  test.for(["1", ""])("where the cache has it (HF_HUB_OFFLINE=%s): the hub is not asked", async (offline) => {
    await loadClip(DEFAULT_MODEL);
    hub.requests.splice(0);
    vi.stubEnv("HF_HUB_OFFLINE", offline);
    expect(await choose()).toEqual({
      outcome: { model: DEFAULT_MODEL, source: "cache", reason: "it is in the cache" },
      notices: [],
    });
    expect(hub.requests).toEqual([]);
  });

  test("where there is a folder of its name", async () => {
    const folder = join(home, "work");
    mkdirSync(join(folder, DEFAULT_MODEL), { recursive: true });
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    expect((await choose()).outcome).toMatchObject({ model: DEFAULT_MODEL, source: "folder" });
    expect(hub.requests).toEqual([]);
    vi.restoreAllMocks();
  });
});

describe("where CLIP cannot be had it is the embedded model, with a notice", () => {
  test("off the network by choice", async () => {
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    await expectEmbedded("HF_HUB_OFFLINE is set");
    expect(hub.requests).toEqual([]);
  });

  test.for(["tokenizer.json", "model.safetensors"])("where the cache lacks its %s", async (name) => {
    await loadClip(DEFAULT_MODEL);
    const snapshots = join(home, "hub", "models--openai--clip-vit-base-patch16", "snapshots");
    rmSync(join(snapshots, readdirSync(snapshots)[0] ?? "", name));
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    await expectEmbedded("HF_HUB_OFFLINE is set");
  });

  test("where the hub does not know CLIP", async () => {
    hub.faults.status = 404;
    await expectEmbedded(
      'the hub does not give it (expected a model on the hub, got none of that name with revision "main" (404))',
    );
  });

  test("where the hub is out of order", async () => {
    hub.faults.status = 503;
    await expectEmbedded(
      `the hub does not give it (expected an answer from ${hub.endpoint}, got an answer with status 503)`,
    );
  });

  test("where the hub never answers", async () => {
    hub.faults.hang = true;
    await expectEmbedded(
      `the hub does not give it (expected an answer from ${hub.endpoint}, got none in time)`,
    );
  });

  test("where a network wants a log-in first", async () => {
    hub.faults.page = "<html>Welcome to our hotel</html>";
    await expectEmbedded(
      `the hub does not give it (expected an answer from ${hub.endpoint}, got something that is no JSON, such as a network's log-in page)`,
    );
  });

  test("where nobody listens", async () => {
    const { endpoint } = hub;
    await hub.close();
    const port = endpoint.replace(/.*:/, "");
    await expectEmbedded(
      `the hub does not give it (expected an answer from ${endpoint}, got connect ECONNREFUSED 127.0.0.1:${port})`,
    );
  });
});

describe("it is neither", () => {
  test("where neither can be had: the error names both", async () => {
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const folder = join(home, "nothing");
    const { outcome, notices } = await choose(folder);
    expect(outcome).toEqual(
      new StorageError({
        where: "default model",
        expected: `${DEFAULT_MODEL}, or ${EMBEDDED_MODEL} in ${folder}`,
        got: `neither: ${DEFAULT_MODEL} is not in the cache, and HF_HUB_OFFLINE is set, and there is no such folder`,
        fix: "Connect to the hub, name another model, or install lamm again.",
      }),
    );
    expect(notices).toEqual([]);
  });

  test("where the settings of the hub are wrong: they are not worked around", async () => {
    vi.stubEnv("HF_ENDPOINT", "hub.example");
    const { outcome } = await choose();
    expect(outcome).toBeInstanceOf(ConfigError);
    expect(outcome).toMatchObject({ message: expect.stringContaining("HF_ENDPOINT: expected an address") });
  });
});
