import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace, writeTinyClip } from "../support/cli/workspace.ts";

let work: Workspace;

beforeAll(async () => {
  work = await createWorkspace();
  await writeTinyClip(work.path("models", "picture-world"), 1);
});
beforeEach(() => {
  vi.stubEnv("HF_ENDPOINT", "http://hub.example");
  vi.stubEnv("HF_HUB_CACHE", work.path("hub"));
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  vi.stubEnv("HF_TOKEN", "");
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => work.remove());

/** The report's lines by their names. */
function linesOf(stdout: string): Record<string, string> {
  const lines = stdout.trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, 15).trim(), line.slice(15)]));
}

test("a usable installation is told line by line, with exit code 0", async () => {
  const { exitCode, stdout, stderr } = await runRecorded(["doctor"], { modelsFolder: work.path("models") });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(linesOf(stdout)).toMatchObject({
    versions: expect.stringMatching(/^lamm [\d.]+, Node [\d.]+, onnxruntime-node [\d.]+$/),
    platform: expect.stringMatching(/, \d+\.\d [GM]B of memory$/),
    threads: expect.stringMatching(/^\d+ of \d+ processors may be used$/),
    "device cpu": "works",
    hub: "http://hub.example not asked, as HF_HUB_OFFLINE is set",
    "hub cache": `${work.path("hub")}: 0 models, 0.0 kB`,
    "feature cache": `${work.path("cache", "features.sqlite")}: 0 features, 0.0 kB`,
    model:
      "lamm/picture-world, because openai/clip-vit-base-patch16 is not in the cache, and HF_HUB_OFFLINE is set",
  });
});

test("without a model the line says what to do, and the exit code is 1", async () => {
  const { exitCode, stdout, stderr } = await runRecorded(["doctor"], { modelsFolder: work.path("none") });
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
  expect(linesOf(stdout).model).toMatch(
    /^none: default model: .*\. Connect to the hub, name another model, or install/,
  );
});

test("a wrong setting of the hub has one line", async () => {
  vi.stubEnv("HF_ENDPOINT", "hub.example");
  const { exitCode, stdout } = await runRecorded(["doctor"], { modelsFolder: work.path("models") });
  expect(exitCode).toBe(1);
  expect(linesOf(stdout)).toMatchObject({
    hub: expect.stringMatching(/^cannot be asked: HF_ENDPOINT: expected/),
  });
  expect(linesOf(stdout)).not.toHaveProperty("hub cache");
});

test("the report as JSON", async () => {
  const { exitCode, stdout } = await runRecorded(["doctor", "--json"], { modelsFolder: work.path("models") });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    devices: expect.arrayContaining([{ device: "cpu", works: true }]),
    hub: { endpoint: "http://hub.example", outcome: "offline" },
    model: { model: "lamm/picture-world", source: "package" },
    usable: true,
  });
});
