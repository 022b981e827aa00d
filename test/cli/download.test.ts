import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProcess } from "../support/cli/start-process.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";
import { type HubServer, startHub } from "../support/hub-server.ts";

let work: Workspace;
let hub: HubServer;
let photos: string;

beforeAll(async () => {
  work = await createWorkspace();
  photos = await writePictures(work.path("photos"), { cat: 2, dog: 2 });
  const files = readdirSync(work.model).map((name) => [name, readFileSync(join(work.model, name))]);
  hub = await startHub({ "maker/tiny-clip": { files: Object.fromEntries(files) } });
});

afterAll(async () => {
  await hub.close();
  work.remove();
});

function zeroShot() {
  const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: work.path("hub"), HF_TOKEN: "", HF_HUB_OFFLINE: "" };
  return startProcess(["zero-shot", photos, "--model", "maker/tiny-clip"], { env }).ended;
}

test("a download shows megabytes, happens once, and a broken one is told in a line and goes on", async () => {
  hub.faults.cutAfter = 100_000;
  const cut = await zeroShot();
  expect(cut.stderr).toMatch(/^lamm: [^\n]*maker\/tiny-clip[^\n]*$/m);
  expect({ exitCode: cut.exitCode, stdout: cut.stdout }).toEqual({ exitCode: 1, stdout: "" });
  hub.faults.cutAfter = undefined;
  const whole = await zeroShot();
  expect(whole.exitCode).toBe(0);
  expect(whole.stderr).toMatch(/^download 100 % \((\d+\.\d [kM]B) of \1\) model\.safetensors$/m);
  hub.requests.splice(0);
  const again = await zeroShot();
  expect(again).toEqual({ ...whole, stderr: again.stderr });
  expect(again.stderr).not.toContain("download");
  expect(hub.requests.filter((request) => request.includes("contents"))).toEqual([]);
});
