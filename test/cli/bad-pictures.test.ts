import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefusal } from "../support/cli/expect-refusal.ts";
import { type CommandRecord, runRecorded } from "../support/cli/run-recorded.ts";
import { startProcess } from "../support/cli/start-process.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";
import { writeBlackPng } from "../support/cli/write-png.ts";

let work: Workspace;
let photos: string;
let adapter: string;

beforeAll(async () => {
  work = await createWorkspace();
  photos = await writePictures(work.path("photos"), { cat: 4, dog: 4 });
  adapter = work.path("adapter.safetensors");
  expect((await train(photos)).exitCode).toBe(0);
});

afterAll(() => work.remove());

const train = (folder: string, ...flags: string[]) =>
  runRecorded(["train", folder, "--model", work.model, "--out", adapter, ...flags]);

const refuses = (command: Promise<CommandRecord>, message: string | RegExp) =>
  expectRefusal(adapter, command, message);

test("truncated, empty and renamed pictures are skipped and listed at the end", async () => {
  const folder = await writePictures(work.path("broken"), { cat: 6, dog: 6 }, 4);
  const path = (name: string) => join(folder, "cat", name);
  truncateSync(path("0.png"), 500);
  truncateSync(path("1.png"), 0);
  writeFileSync(path("2.png"), "This is a letter, not a picture.");
  const out = work.path("broken.safetensors");
  const argv = ["train", folder, "--model", work.model, "--out", out];
  const { exitCode, stderr } = await runRecorded(argv);
  expect(exitCode).toBe(0);
  const lines = stderr.trimEnd().split("\n").slice(-4);
  expect(lines[0]).toBe("Skipped 3 pictures that could not be read:");
  for (const index of [0, 1, 2]) expect(lines[index + 1]).toMatch(`  ${path(`${index}.png`)}: `);
  const result = JSON.parse((await runRecorded([...argv, "--json"])).stdout);
  expect(result.pictures).toBe(9);
  expect(result.unreadable.map((picture: { path: string }) => picture.path)).toEqual(
    [0, 1, 2].map((index) => path(`${index}.png`)),
  );
  const predicted = await runRecorded(["predict", out, path("0.png"), path("3.png")]);
  expect(predicted.stdout).toMatch(/^[^\n]*3\.png: [^\n]+\n$/);
  expect(predicted.stderr).toContain("Skipped 1 picture that could not be read:\n");
});

test("a drawn shot that is broken is replaced by another picture of its class", async () => {
  const folder = work.path("broken");
  const argv = ["train", folder, "--model", work.model, "--out", work.path("drawn.safetensors")];
  for (const seed of ["1", "2", "3"]) {
    const { stdout } = await runRecorded([...argv, "--shots", "3", "--seed", seed, "--json"]);
    expect(JSON.parse(stdout).pictures).toBe(6);
  }
});

test("a class without any readable picture stops the run", async () => {
  const folder = await writePictures(work.path("unreadable"), { cat: 2, dog: 2 }, 5);
  for (const name of ["0.png", "1.png"]) truncateSync(join(folder, "dog", name), 10);
  await refuses(
    train(folder),
    'at least one readable picture in each class folder, got none in "dog" \\(2 pictures could not be read\\)',
  );
  await refuses(
    runRecorded(["predict", adapter, join(folder, "dog")]),
    "dog: expected at least one readable picture, got 2 that cannot be read, the first: ",
  );
});

test("a test part that cannot be read does not cost the adapter", async () => {
  const folder = work.path("broken-test");
  await writePictures(join(folder, "train"), { cat: 2, dog: 2 }, 6);
  await writePictures(join(folder, "test"), { cat: 1, dog: 1 }, 7);
  for (const name of ["cat", "dog"]) truncateSync(join(folder, "test", name, "0.png"), 10);
  const { exitCode, stdout, stderr } = await runRecorded([
    ...["train", folder, "--model", work.model, "--out", work.path("broken-test.safetensors")],
  ]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("Learned 2 classes from 4 pictures");
  expect(stdout).not.toContain("accuracy");
  expect(stderr).toMatch(/^lamm: .*broken-test: expected at least one readable picture/m);
});

test("a picture of 30,000 x 30,000 pixels is skipped without being decoded", async () => {
  const folder = await writePictures(work.path("huge"), { cat: 2, dog: 2 }, 8);
  const huge = join(folder, "cat", "huge.png");
  writeBlackPng(huge, 30_000, 30_000);
  const argv = ["train", folder, "--model", work.model, "--out", work.path("huge.safetensors")];
  const report = "process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS+' kB'))";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}` };
  const { exitCode, stderr } = await startProcess(argv, { env }).ended;
  expect(stderr).toContain(`Skipped 1 picture that could not be read:\n  ${huge}: `);
  expect(exitCode).toBe(0);
  // Its pixels alone have 900 MB as grey values, 2,700 MB in colour.
  expect(Number(/peak (\d+) kB$/.exec(stderr)?.[1])).toBeLessThan(600_000);
});
