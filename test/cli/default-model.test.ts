import { cpSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { DEFAULT_MODEL } from "../../src/tasks/default-model.ts";
import { readAdapter } from "../../src/training/node/read-adapter.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace, writeTinyClip } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";
import { type HubServer, startHub } from "../support/hub-server.ts";

let work: Workspace;
let hub: HubServer;
let photos: string;
let modelsFolder: string;

beforeAll(async () => {
  work = await createWorkspace();
  photos = await writePictures(work.path("photos"), { cat: 2, dog: 2 });
  modelsFolder = work.path("models");
  await writeTinyClip(work.path("models", "picture-world"), 2);
});
beforeEach(async () => {
  const files = readdirSync(work.model).map((name) => [name, readFileSync(`${work.model}/${name}`)]);
  hub = await startHub({ [DEFAULT_MODEL]: { files: Object.fromEntries(files) } });
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_CACHE", work.path("hub"));
  vi.stubEnv("HF_HUB_OFFLINE", "");
  vi.stubEnv("HF_TOKEN", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});
afterAll(() => work.remove());

const notices = (stderr: string) => stderr.split("\n").filter((line) => line.startsWith("lamm: "));

test("an adapter trained without a model's name opens the model that it was trained on", async () => {
  hub.faults.status = 404;
  const adapter = work.path("pets.safetensors");
  const trained = await runRecorded(["train", photos, "--out", adapter], { modelsFolder });
  expect(trained.exitCode).toBe(0);
  expect(notices(trained.stderr)).toEqual([
    expect.stringMatching(/openai\/clip-vit-base-patch16.*lamm\/picture-world/),
  ]);
  expect(readAdapter(adapter).baseModel.id).toBe("lamm/picture-world");
  // Now the hub has CLIP, and another installation keeps the package elsewhere.
  hub.faults.status = undefined;
  hub.requests.splice(0);
  const elsewhere = work.path("elsewhere", "models");
  cpSync(modelsFolder, elsewhere, { recursive: true });
  for (const argv of [
    ["evaluate", adapter, photos],
    ["predict", adapter, photos],
  ]) {
    const { exitCode, stderr } = await runRecorded(argv, { modelsFolder: elsewhere });
    expect({ exitCode, notices: notices(stderr) }).toEqual({ exitCode: 0, notices: [] });
  }
  expect(hub.requests).toEqual([]);
});

test("what Ctrl-C says how to go on names the model that was chosen", async () => {
  hub.faults.status = 404;
  const argv = ["zero-shot", photos, "--no-cache"];
  const stopped = await runRecorded(argv, { modelsFolder, onListening: (interrupt) => interrupt() });
  expect(stopped.exitCode).toBe(130);
  expect(stopped.stderr).toContain(
    `to go on:\n  lamm zero-shot --model lamm/picture-world ${photos} --no-cache\n`,
  );
});

test("where the hub has CLIP it is downloaded, and from then on needs no hub", async () => {
  const first = await runRecorded(["zero-shot", photos, "--json"], { modelsFolder });
  expect({ exitCode: first.exitCode, notices: notices(first.stderr) }).toEqual({ exitCode: 0, notices: [] });
  expect(JSON.parse(first.stdout).model).toBe(DEFAULT_MODEL);
  await hub.close();
  const second = await runRecorded(["zero-shot", photos, "--json"], { modelsFolder });
  expect({ ...second, stderr: notices(second.stderr) }).toEqual({ ...first, stderr: [] });
});

test("where there is no model at all a line says so", async () => {
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  vi.stubEnv("HF_HUB_CACHE", work.path("empty"));
  const { exitCode, stdout, stderr } = await runRecorded(["zero-shot", photos], {
    modelsFolder: work.path("no"),
  });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^lamm: default model: expected [^\n]+, got neither: [^\n]+\n$/);
});
