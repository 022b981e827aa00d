import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProcess } from "../support/cli/start-process.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";
import { writeBenchmark } from "../support/experiments/write-benchmark.ts";
import { type HubServer, startHub } from "../support/hub-server.ts";

let work: Workspace;
let hub: HubServer;
let photos: string;

beforeAll(async () => {
  work = await createWorkspace();
  photos = await writePictures(work.path("photos"), { cat: 2, dog: 2 });
  const files = readdirSync(work.model).map((name) => [name, readFileSync(join(work.model, name))]);
  await writeBenchmark(work.path("data"), { train: 1, test: 1 });
  hub = await startHub({ "maker/tiny-clip": { files: Object.fromEntries(files) } });
});

afterAll(async () => {
  await hub.close();
  work.remove();
});

/** Variables of a machine that keeps models in a folder. */
const hubVariables = (folder: string) => ({
  ...{ HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: work.path(folder), HF_TOKEN: "", HF_HUB_OFFLINE: "" },
});

function zeroShot() {
  const env = hubVariables("hub");
  return startProcess(["zero-shot", photos, "--model", "maker/tiny-clip"], { env }).ended;
}

/** Starts an experiment of one cell. */
function startExperiment(folder: string) {
  const set = ["--data", work.path("data"), "--datasets", "picture-world/drinks-and-tableware"];
  const cell = ["--methods", "zero-shot", "--models", "maker/tiny-clip", "--out", work.path(`${folder} out`)];
  return startProcess(["experiment", "few-shot", ...set, ...cell], { env: hubVariables(folder) });
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

test("an experiment shows its download", async () => {
  const { exitCode, stderr } = await startExperiment("shown").ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr });
  expect(stderr).toMatch(/^download 100 % \((\d+\.\d [kM]B) of \1\) model\.safetensors$/m);
});

test("Ctrl-C ends an experiment at once while it plans", async () => {
  hub.requests.splice(0);
  hub.faults.hang = true;
  try {
    const experiment = startExperiment("hanging");
    while (hub.requests.length === 0) await setTimeout(10);
    experiment.kill("SIGINT");
    // An experiment that waited for the hub would end with what it says of it.
    const { signal, stdout, stderr } = await experiment.ended;
    expect({ signal, stdout, stderr }).toEqual({ signal: "SIGINT", stdout: "", stderr: "" });
  } finally {
    hub.faults.hang = false;
  }
});
