import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRandom } from "../../src/tensor/random.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { type CommandProcess, startProcess } from "../support/cli/start-process.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";

let work: Workspace;
let photos: string;
let schedule: readonly string[];
let uninterrupted: Buffer;

beforeAll(async () => {
  work = await createWorkspace();
  photos = await writePictures(work.path("my photos"), { cat: 20, dog: 20 });
  schedule = ["--model", work.model, "--schedule", "published", "--epochs", "120", "--views", "2"];
  const out = work.path("uninterrupted.safetensors");
  expect((await runRecorded(["train", photos, "--out", out, ...schedule])).exitCode).toBe(0);
  uninterrupted = readFileSync(out);
});

afterAll(() => work.remove());

/** Waits for something, as long as a process runs. */
async function waitWhileRunning(process: CommandProcess, isThere: () => boolean): Promise<void> {
  let hasEnded = false;
  process.ended.then(
    () => {
      hasEnded = true;
    },
    () => undefined,
  );
  while (!hasEnded && !isThere()) await setTimeout(2);
}

/** Time at which a file was last written, 0 where there is none. */
const writtenAt = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

test("a run that is killed again and again ends with the same bytes", async () => {
  const out = work.path("killed.safetensors");
  const checkpoint = `${out}.checkpoint`;
  const random = createRandom(7);
  let kills = 0;
  for (let attempt = 0; attempt < 4; attempt++) {
    const process = startProcess(["train", photos, "--out", out, ...schedule]);
    const before = writtenAt(checkpoint);
    await waitWhileRunning(process, () => writtenAt(checkpoint) > before);
    await setTimeout(random.randBelow(60));
    process.kill("SIGKILL");
    const { signal } = await process.ended;
    if (signal === "SIGKILL") kills++;
    expect(existsSync(out)).toBe(signal !== "SIGKILL");
  }
  expect(kills).toBeGreaterThan(1);
  const last = await startProcess(["train", photos, "--out", out, ...schedule]).ended;
  expect(last.exitCode).toBe(0);
  expect(readFileSync(out).equals(uninterrupted)).toBe(true);
  expect(readdirSync(work.folder).filter((name) => name.includes("killed"))).toEqual(["killed.safetensors"]);
});

test("killed before the first epoch, it starts over", async () => {
  const out = work.path("early.safetensors");
  const process = startProcess(["train", photos, "--out", out, ...schedule]);
  await setTimeout(150);
  process.kill("SIGKILL");
  await process.ended;
  expect(existsSync(out)).toBe(false);
  expect((await runRecorded(["train", photos, "--out", out, ...schedule])).exitCode).toBe(0);
  expect(readFileSync(out).equals(uninterrupted)).toBe(true);
});

test("Ctrl-C saves, says how to go on, and the next run does", async () => {
  const out = work.path("stopped.safetensors");
  const argv = ["train", photos, "--out", out, ...schedule];
  const process = startProcess(argv);
  await waitWhileRunning(process, () => existsSync(`${out}.checkpoint`));
  process.kill("SIGINT");
  const { exitCode, stdout, stderr } = await process.ended;
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
  expect(stderr).toContain("lamm: stopping after this step; press Ctrl-C again to stop at once\n");
  expect(stderr).toContain(
    `Stopped. What is done is kept; to go on:\n  lamm train '${photos}' --out ${out} ${schedule.join(" ")}\n`,
  );
  expect(existsSync(out)).toBe(false);
  const next = await runRecorded(argv, { isTerminal: true });
  // Epoch 1 is behind it.
  expect(Number(/\rtrain +\d+ % \((\d+) of 120/.exec(next.stderr)?.[1])).toBeGreaterThan(1);
  expect(readFileSync(out).equals(uninterrupted)).toBe(true);
});

test("Ctrl-C while the fast schedule runs is heard as well", async () => {
  const out = work.path("fast.safetensors");
  const argv = ["train", photos, "--model", work.model, "--out", out];
  await runRecorded(argv);
  const whole = readFileSync(out);
  const again = work.path("fast-again.safetensors");
  const againArgv = ["train", photos, "--model", work.model, "--out", again];
  let interrupt = () => {};
  const stopped = await runRecorded(againArgv, {
    isTerminal: true,
    onListening: (callback) => {
      interrupt = callback;
    },
    onStderr: (text) => {
      if (text.startsWith("\rtrain")) interrupt();
    },
  });
  expect(stopped.exitCode).toBe(130);
  expect(stopped.stderr).toMatch(/\rtrain [^\n]*\nlamm: stopping/);
  expect((await runRecorded(againArgv)).exitCode).toBe(0);
  expect(readFileSync(again).equals(whole)).toBe(true);
});

test("Ctrl-C while pictures are encoded stops every command", async () => {
  const adapter = work.path("uninterrupted.safetensors");
  for (const argv of [
    ["train", photos, "--model", work.model, "--out", work.path("none.safetensors")],
    ["evaluate", adapter, photos],
    ["predict", adapter, photos],
    ["zero-shot", photos, "--model", work.model],
  ]) {
    const { exitCode, stdout, stderr } = await runRecorded([...argv, "--no-cache"], {
      onListening: (interrupt) => interrupt(),
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
    expect(stderr).toContain("Stopped. What is done is kept; to go on:\n  lamm ");
  }
  expect(existsSync(work.path("none.safetensors"))).toBe(false);
});

test("Ctrl-C while the adapter is tested costs the accuracy, not the adapter", async () => {
  const folder = work.path("with-test");
  await writePictures(join(folder, "train"), { cat: 2, dog: 2 }, 11);
  await writePictures(join(folder, "test"), { cat: 2, dog: 2 }, 12);
  const out = work.path("tested.safetensors");
  let interrupt = () => {};
  let hasTrained = false;
  const { exitCode, stdout } = await runRecorded(["train", folder, "--model", work.model, "--out", out], {
    isTerminal: true,
    onListening: (callback) => {
      interrupt = callback;
    },
    onStderr: (text) => {
      if (hasTrained && text.startsWith("\rencode")) interrupt();
      hasTrained ||= text.startsWith("\rtrain");
    },
  });
  expect(exitCode).toBe(130);
  expect(stdout).toContain(`Wrote ${out}`);
  expect(stdout).not.toContain("accuracy");
  expect(existsSync(out)).toBe(true);
});

test("a damaged checkpoint is not continued", async () => {
  const out = work.path("damaged.safetensors");
  writeFileSync(`${out}.checkpoint`, "not a checkpoint");
  const { exitCode, stderr } = await runRecorded(["train", photos, "--out", out, ...schedule]);
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^lamm: .*damaged\.safetensors\.checkpoint.* The run starts anew\.$/m);
  expect(readFileSync(out).equals(uninterrupted)).toBe(true);
});

test("a checkpoint of other settings is not continued", async () => {
  const out = work.path("other.safetensors");
  const argv = ["train", photos, "--out", out, ...schedule];
  const process = startProcess([...argv, "--seed", "2"]);
  await waitWhileRunning(process, () => existsSync(`${out}.checkpoint`));
  process.kill("SIGKILL");
  await process.ended;
  const { exitCode, stderr } = await runRecorded(argv);
  expect(exitCode).toBe(0);
  expect(stderr).toContain(
    `lamm: ${out}.checkpoint belongs to a run with other settings; this one starts anew\n`,
  );
  expect(readFileSync(out).equals(uninterrupted)).toBe(true);
});

test("what was encoded when the process was killed is in the cache, and not encoded again", async () => {
  const many = await writePictures(work.path("many"), { cat: 60, dog: 60 }, 9);
  const cache = work.path("killed-cache");
  const database = join(cache, "features.sqlite");
  const argv = ["train", many, "--model", work.model, "--out", work.path("many.safetensors"), "--views", "8"];
  const rows = () => {
    if (!existsSync(database)) return [];
    const open = new DatabaseSync(database, { timeout: 5000 });
    try {
      return open.prepare("SELECT rowid, hex(content) || view AS key FROM features ORDER BY key").all();
    } catch {
      // The table is not made yet.
      return [];
    } finally {
      open.close();
    }
  };
  const process = startProcess(argv, { env: { LAMM_CACHE: cache } });
  await waitWhileRunning(process, () => rows().length > 0);
  process.kill("SIGKILL");
  expect((await process.ended).signal).toBe("SIGKILL");
  const kept = rows();
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(960);
  expect((await startProcess(argv, { env: { LAMM_CACHE: cache } }).ended).exitCode).toBe(0);
  const all = rows();
  expect(all).toHaveLength(960);
  // A feature that is computed again replaces its row, which changes its number.
  expect(all).toEqual(expect.arrayContaining(kept));
});
