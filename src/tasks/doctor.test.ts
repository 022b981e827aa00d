import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { writeTinyClip } from "../../test/support/cli/workspace.ts";
import { type HubServer, startHub } from "../../test/support/hub-server.ts";
import { stubHub } from "../../test/support/stub-hub.ts";
import { EMBEDDED_MODEL } from "../clip/node/embedded-model.ts";
import { loadClip } from "../clip/node/load-clip.ts";
import { VERSION } from "../version.ts";
import { DEFAULT_MODEL } from "./default-model.ts";
import { doctor } from "./doctor.ts";

const root = mkdtempSync(join(tmpdir(), "lamm-doctor-"));
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

/** Waits for the hub no longer than it has to: it answers at once or never. */
const examine = (folder = modelsFolder) =>
  doctor({ modelsFolder: folder, hubTimeout: hub.faults.hang ? 100 : 60_000 });

describe("an installation is usable", () => {
  test("where the hub has CLIP: it is asked once, and nothing is downloaded", async () => {
    const report = await examine();
    expect(report).toMatchObject({
      versions: {
        lamm: VERSION,
        node: process.versions.node,
        engine: expect.stringMatching(/^onnxruntime-node \d/),
      },
      hub: { endpoint: hub.endpoint, outcome: "answers", milliseconds: expect.any(Number) },
      hubCache: { folder: join(home, "hub"), models: 0, bytes: 0 },
      featureCache: { file: join(home, "lamm", "features.sqlite"), features: 0, bytes: 0 },
      model: { model: DEFAULT_MODEL, source: "hub", reason: "the hub has it" },
      usable: true,
    });
    expect(report.devices).toContainEqual({ device: "cpu", works: true });
    expect(report.threads.available).toBeGreaterThanOrEqual(1);
    expect(hub.requests).toHaveLength(1);
    expect(readdirSync(home)).toEqual([]);
  });

  test("where the cache has CLIP and the hub is silent", async () => {
    await loadClip(DEFAULT_MODEL);
    hub.faults.hang = true;
    const { model, hub: state, hubCache, usable } = await examine();
    expect({ model, usable }).toEqual({
      model: { model: DEFAULT_MODEL, source: "cache", reason: "it is in the cache" },
      usable: true,
    });
    expect(state).toEqual({
      endpoint: hub.endpoint,
      outcome: "fails",
      problem: expect.stringContaining("got none in time. Check the network"),
    });
    expect(hubCache).toMatchObject({ models: 1, bytes: expect.any(Number) });
    expect(hubCache?.bytes).toBeGreaterThan(files["model.safetensors"]?.length ?? Number.NaN);
  });

  test("with the embedded model alone", async () => {
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const { model, hub: state, usable } = await examine();
    expect({ state, usable }).toEqual({
      state: { endpoint: hub.endpoint, outcome: "offline" },
      usable: true,
    });
    expect(model).toEqual({
      model: EMBEDDED_MODEL,
      source: "package",
      reason: `${DEFAULT_MODEL} is not in the cache, and HF_HUB_OFFLINE is set`,
    });
  });
});

describe("an installation is not usable", () => {
  test("where there is no model", async () => {
    hub.faults.status = 404;
    const { model, usable } = await examine(join(home, "none"));
    expect({ model, usable }).toEqual({
      model: {
        problem: expect.stringMatching(
          /^default model: .* got neither: .*\(404\)\), and there is no such folder\. Connect/,
        ),
      },
      usable: false,
    });
  });

  test("where the embedded model is damaged", async () => {
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const folder = join(home, "models");
    await writeTinyClip(join(folder, "picture-world"), 1);
    truncateSync(join(folder, "picture-world", "model.safetensors"), 100_000);
    const { model, usable } = await examine(folder);
    expect({ model, usable }).toMatchObject({
      model: { model: EMBEDDED_MODEL, problem: expect.stringContaining("model.safetensors") },
      usable: false,
    });
  });

  test("where CLIP cannot be downloaded to anywhere", async () => {
    writeFileSync(join(home, "file"), "");
    vi.stubEnv("HF_HOME", join(home, "file"));
    const { model, hubCache, usable } = await examine();
    expect({ source: model.source, usable }).toEqual({ source: "hub", usable: false });
    expect(hubCache?.problem).toMatch(/not a folder \(ENOTDIR\)\. .* HF_HOME names another folder\.$/);
  });

  test("where a setting of the hub is wrong: the report names it", async () => {
    vi.stubEnv("HF_ENDPOINT", "hub.example");
    const problem = 'HF_ENDPOINT: expected an address such as https://huggingface.co, got "hub.example".';
    expect(await examine()).toMatchObject({ hub: { problem }, model: { problem }, usable: false });
  });
});

test.for([
  ["", true],
  ["1", false],
] as const)("a proxy that Node does not heed is told (NODE_USE_ENV_PROXY=%s)", async ([heed, told]) => {
  vi.stubEnv("HTTPS_PROXY", "http://proxy.example");
  vi.stubEnv("NODE_USE_ENV_PROXY", heed);
  hub.faults.status = 503;
  const { hub: state } = await examine();
  expect(state.problem?.includes("NODE_USE_ENV_PROXY=1")).toBe(told);
});
