import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefusal } from "../support/cli/expect-refusal.ts";
import { type CommandRecord, runRecorded } from "../support/cli/run-recorded.ts";
import { startProcess } from "../support/cli/start-process.ts";
import { createWorkspace, type Workspace, writeTinyClip } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";
import { global, text, tuple, writePickle, writeTorchZip } from "../support/write-pickle.ts";

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

test("no such folder, before the model is looked for", async () => {
  const none = work.path("none");
  const message = `${none}: expected a folder of pictures, got no folder of that name.`;
  await refuses(runRecorded(["train", none, "--model", "none/of-that-name", "--out", adapter]), message);
  await refuses(runRecorded(["zero-shot", none, "--model", "none/of-that-name"]), message);
  await refuses(runRecorded(["evaluate", adapter, none, "--model", "none/of-that-name"]), message);
  await refuses(
    runRecorded(["predict", adapter, none, "--model", "none/of-that-name"]),
    `${none}: expected a picture or a folder, got no such file.`,
  );
});

test("a folder without classes, with one, and with a class without pictures", async () => {
  const folder = work.path("classes");
  mkdirSync(folder);
  await refuses(train(folder), "expected a sub-folder of pictures .* got no sub-folders.");
  await writePictures(folder, { cat: 2 });
  await refuses(train(folder), 'at least two classes, got one only, "cat".');
  mkdirSync(join(folder, "dog"));
  await refuses(train(folder), 'at least one picture in each class folder, got none in "dog".');
  await refuses(runRecorded(["predict", adapter, join(folder, "dog")]), "expected pictures in the folder");
});

test("a folder with a test part alone has nothing to learn from", async () => {
  const folder = work.path("only-test");
  await writePictures(join(folder, "test"), { cat: 2, dog: 2 });
  await refuses(train(folder), "training pictures: expected a train folder beside test, got none.");
});

test("a model that is not one is refused in a line", async () => {
  const folder = work.path("bad-clip");
  await writeTinyClip(folder, 1);
  const weights = join(folder, "model.safetensors");
  const good = readFileSync(weights);
  const withHeader = (header: string) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
    return Buffer.concat([length, Buffer.from(header), Buffer.alloc(64)]);
  };
  const entry = (shape: number[], offsets: number[]) =>
    JSON.stringify({ dtype: "F32", shape, data_offsets: offsets });
  const hostile: Readonly<Record<string, Buffer>> = {
    truncated: good.subarray(0, 5000),
    "header length": Buffer.concat([Buffer.alloc(8, 0xff), good.subarray(8)]),
    overlapping: withHeader(`{"a":${entry([8], [0, 32])},"b":${entry([8], [16, 48])}}`),
    "out of range": withHeader(`{"a":${entry([32], [0, 128])}}`),
    duplicate: withHeader(`{"a":${entry([8], [0, 32])},"a":${entry([8], [32, 64])}}`),
    huge: withHeader(`{"a":${entry([2 ** 40, 2 ** 40], [0, 64])}}`),
    "not a model": Buffer.from("hello"),
  };
  for (const bytes of Object.values(hostile)) {
    writeFileSync(weights, bytes);
    await refuses(train(photos, "--model", folder), /model\.safetensors.*: expected .*, got /);
  }
  rmSync(weights);
  await refuses(train(photos, "--model", folder), /bad-clip/);
  await refuses(train(photos, "--model", "klip"), 'model "klip": expected a folder, a file, or a hub id');
});

test("a .pt file that calls a function is refused, and the function is not called", async () => {
  const folder = work.path("calling");
  mkdirSync(folder);
  const trace = work.path("was-called");
  const call = [global("os", "system"), tuple(text(`touch ${trace}`)), "R"];
  writeFileSync(join(folder, "model.pt"), writeTorchZip(writePickle(call)));
  await refuses(
    train(photos, "--model", join(folder, "model.pt"), "--tokenizer", work.model),
    /model\.pt.*os.system/,
  );
  expect(readdirSync(work.folder)).not.toContain("was-called");
});

test("an adapter of another model names both", async () => {
  const other = work.path("other-clip");
  await writeTinyClip(other, 2);
  const message = `expected the model it was trained for, "${work.model}" .*, got "${other}" .* --model`;
  await refuses(runRecorded(["evaluate", adapter, photos, "--model", other]), message);
  await refuses(runRecorded(["predict", adapter, photos, "--model", other]), message);
});

test("what is no adapter is refused", async () => {
  const picture = join(photos, "cat", "0.png");
  await refuses(runRecorded(["predict", picture, picture]), "0.png");
  await refuses(runRecorded(["evaluate", photos, photos]), "photos: expected an adapter .*, got a folder.");
  await refuses(
    runRecorded(["evaluate", work.path("none.safetensors"), photos]),
    "none.safetensors: expected an adapter that `lamm train` wrote, got no such file.",
  );
  const weights = join(work.model, "model.safetensors");
  await refuses(runRecorded(["predict", weights, picture]), "model.safetensors");
  const cut = work.path("cut.safetensors");
  writeFileSync(cut, readFileSync(adapter).subarray(0, -10));
  await refuses(runRecorded(["predict", cut, picture]), "cut.safetensors");
});

test("classes that the adapter does not know are named", async () => {
  const folder = await writePictures(work.path("strangers"), { cat: 1, horse: 1 });
  await refuses(
    runRecorded(["evaluate", adapter, folder]),
    'strangers: expected classes of the adapter: cat, dog, got "horse". Rename the folders, or train on these classes.',
  );
});

test("names and templates that make no prompt are told before anything is encoded", async () => {
  await refuses(train(photos, "--template", "a photo"), 'template "a photo": expected one "{}"');
  await refuses(
    runRecorded(["zero-shot", photos, "--model", work.model, "--template", "{} and {}"]),
    'template "{} and {}": expected one "{}" for the class name, got 2',
  );
  const long = "long ".repeat(20).trim();
  const folder = await writePictures(work.path("long"), { [long]: 1, dog: 1 });
  const { stderr } = await train(folder);
  expect(stderr).toMatch(/^lamm: prompt "a photo of a long long [^\n]*at most 77 tokens[^\n]*\n$/);
});

test("a device that is not here is answered with those that are", async () => {
  const { exitCode, stderr } = await startProcess(
    ["train", photos, "--model", work.model, "--device", "cuda"],
    {
      cwd: work.folder,
    },
  ).ended;
  // A machine that has one trains on it.
  if (exitCode === 0) return;
  expect(stderr).toMatch(/^lamm: device: expected one of cpu.*, got cuda/m);
  expect(exitCode).toBe(1);
});

test("an output that cannot be written is told before the work", async () => {
  const argv = ["train", photos, "--model", work.model, "--out"];
  await refuses(runRecorded([...argv, photos]), "photos: expected a file to write, got a folder.");
  const through = join(adapter, "a.safetensors");
  await refuses(
    runRecorded([...argv, through]),
    /a\.safetensors: expected .* got a path through something that is not a folder/,
  );
});

test("a disk that is full when the adapter is written leaves the one that was there", async () => {
  const argv = ["train", photos, "--model", work.model, "--out", adapter, "--no-cache", "--tokens", "all"];
  await refuses(
    startProcess(argv, { fileLimit: 1 }).ended,
    /a limit on the size of files \(EFBIG\)\. Raise the limit or write elsewhere\.$/,
  );
});

test("a disk that is full when features are kept costs the cache, not the result", async () => {
  const argv = ["zero-shot", photos, "--model", work.model];
  const cache = work.path("full-cache");
  const { exitCode, stdout, stderr } = await startProcess(argv, {
    fileLimit: 1,
    env: { LAMM_CACHE: cache },
  }).ended;
  expect(stderr).toMatch(/^lamm: The feature cache .* cannot be used: .* Features are not kept\.$/m);
  expect(stdout).toMatch(/^accuracy +\d/m);
  expect(exitCode).toBe(0);
});

test.skipIf(!existsSync("/dev/full"))(
  "a full disk behind standard output (skipped without /dev/full)",
  async () => {
    const { exitCode, stderr } = await startProcess(["predict", adapter, photos], { stdoutFile: "/dev/full" })
      .ended;
    expect(stderr).toMatch(/^lamm: standard output: expected .*, got a full disk \(ENOSPC\)\..*\n$/m);
    expect(stderr).not.toContain("    at ");
    expect(exitCode).toBe(1);
  },
);

test("a reader that closes the pipe ends the command quietly", async () => {
  const { exitCode, stderr } = await startProcess(["predict", adapter, photos], { closeStdout: true }).ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "encode pictures 100 % (8 of 8)\n" });
});
