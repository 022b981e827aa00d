import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandRecord, runRecorded } from "../support/cli/run-recorded.ts";
import { startProcess } from "../support/cli/start-process.ts";
import { createWorkspace, type Workspace, writeTinyClip } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";
import { writeBlackPng } from "../support/cli/write-png.ts";
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

const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Expects one line of error, nothing on stdout, and the adapter as it was. */
async function expectRefusal(command: Promise<CommandRecord>, message: string | RegExp): Promise<void> {
  const before = hashOf(adapter);
  const { exitCode, stdout, stderr } = await command;
  const errors = stderr.split("\n").filter((line) => !/^(encode pictures|train) |^$/.test(line));
  expect(errors).toEqual([expect.stringMatching(message)]);
  expect(errors[0]).toMatch(/^lamm: /);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(hashOf(adapter)).toBe(before);
  expect(readdirSync(work.folder).filter((name) => /checkpoint|tmp/.test(name))).toEqual([]);
}

test("no such folder, before the model is looked for", async () => {
  const none = work.path("none");
  const message = `${none}: expected a folder of pictures, got no folder of that name.`;
  await expectRefusal(
    runRecorded(["train", none, "--model", "none/of-that-name", "--out", adapter]),
    message,
  );
  await expectRefusal(runRecorded(["zero-shot", none, "--model", "none/of-that-name"]), message);
  await expectRefusal(runRecorded(["evaluate", adapter, none, "--model", "none/of-that-name"]), message);
  await expectRefusal(
    runRecorded(["predict", adapter, none, "--model", "none/of-that-name"]),
    `${none}: expected a picture or a folder, got no such file.`,
  );
});

test("a folder without classes, with one, and with a class without pictures", async () => {
  const folder = work.path("classes");
  mkdirSync(folder);
  await expectRefusal(train(folder), "expected a sub-folder of pictures .* got no sub-folders.");
  await writePictures(folder, { cat: 2 });
  await expectRefusal(train(folder), 'at least two classes, got one only, "cat".');
  mkdirSync(join(folder, "dog"));
  await expectRefusal(train(folder), 'at least one picture in each class folder, got none in "dog".');
  await expectRefusal(
    runRecorded(["predict", adapter, join(folder, "dog")]),
    "expected pictures in the folder",
  );
});

test("a folder with a test part alone has nothing to learn from", async () => {
  const folder = work.path("only-test");
  await writePictures(join(folder, "test"), { cat: 2, dog: 2 });
  await expectRefusal(train(folder), "training pictures: expected a train folder beside test, got none.");
});

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
  await expectRefusal(
    train(folder),
    'at least one readable picture in each class folder, got none in "dog" \\(2 pictures could not be read\\)',
  );
  await expectRefusal(
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
    await expectRefusal(train(photos, "--model", folder), /model\.safetensors.*: expected .*, got /);
  }
  rmSync(weights);
  await expectRefusal(train(photos, "--model", folder), /bad-clip/);
  await expectRefusal(
    train(photos, "--model", "klip"),
    'model "klip": expected a folder, a file, or a hub id',
  );
});

test("a .pt file that calls a function is refused, and the function is not called", async () => {
  const folder = work.path("calling");
  mkdirSync(folder);
  const trace = work.path("was-called");
  const call = [global("os", "system"), tuple(text(`touch ${trace}`)), "R"];
  writeFileSync(join(folder, "model.pt"), writeTorchZip(writePickle(call)));
  await expectRefusal(
    train(photos, "--model", join(folder, "model.pt"), "--tokenizer", work.model),
    /model\.pt.*os.system/,
  );
  expect(readdirSync(work.folder)).not.toContain("was-called");
});

test("an adapter of another model names both", async () => {
  const other = work.path("other-clip");
  await writeTinyClip(other, 2);
  const message = `expected the model it was trained for, "${work.model}" .*, got "${other}" .* --model`;
  await expectRefusal(runRecorded(["evaluate", adapter, photos, "--model", other]), message);
  await expectRefusal(runRecorded(["predict", adapter, photos, "--model", other]), message);
});

test("what is no adapter is refused", async () => {
  const picture = join(photos, "cat", "0.png");
  await expectRefusal(runRecorded(["predict", picture, picture]), "0.png");
  await expectRefusal(
    runRecorded(["evaluate", photos, photos]),
    "photos: expected an adapter .*, got a folder.",
  );
  await expectRefusal(
    runRecorded(["evaluate", work.path("none.safetensors"), photos]),
    "none.safetensors: expected an adapter that `lamm train` wrote, got no such file.",
  );
  const weights = join(work.model, "model.safetensors");
  await expectRefusal(runRecorded(["predict", weights, picture]), "model.safetensors");
  const cut = work.path("cut.safetensors");
  writeFileSync(cut, readFileSync(adapter).subarray(0, -10));
  await expectRefusal(runRecorded(["predict", cut, picture]), "cut.safetensors");
});

test("classes that the adapter does not know are named", async () => {
  const folder = await writePictures(work.path("strangers"), { cat: 1, horse: 1 });
  await expectRefusal(
    runRecorded(["evaluate", adapter, folder]),
    'strangers: expected classes of the adapter: cat, dog, got "horse". Rename the folders, or train on these classes.',
  );
});

test("names and templates that make no prompt are told before anything is encoded", async () => {
  await expectRefusal(train(photos, "--template", "a photo"), 'template "a photo": expected one "{}"');
  await expectRefusal(
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
  await expectRefusal(runRecorded([...argv, photos]), "photos: expected a file to write, got a folder.");
  const through = join(adapter, "a.safetensors");
  await expectRefusal(
    runRecorded([...argv, through]),
    /a\.safetensors: expected .* got a path through something that is not a folder/,
  );
});

test("a disk that is full when the adapter is written leaves the one that was there", async () => {
  const argv = ["train", photos, "--model", work.model, "--out", adapter, "--no-cache", "--tokens", "all"];
  await expectRefusal(
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
