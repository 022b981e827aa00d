import { existsSync, readdirSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readResultTable } from "../../src/experiments/result-store.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { resultLines } from "../support/experiments/result-lines.ts";
import { writeBenchmark } from "../support/experiments/write-benchmark.ts";

const NAME = "picture-world/drinks-and-tableware";
let work: Workspace;
let common: readonly string[];

beforeAll(async () => {
  work = await createWorkspace();
  await writeBenchmark(work.path("data"), { train: 4, test: 5 });
  common = ["--data", work.path("data"), "--datasets", NAME, "--models", work.model, "--threads", "1"];
});

afterAll(() => work.remove());

const experiment = (out: string, ...argv: string[]) =>
  runRecorded(["experiment", ...common, "--out", work.path(out), ...argv]);

const rowsOf = (out: string) => readResultTable(work.path(out)).rows;

test("few-shot: a cell has the accuracy of train and evaluate, zero-shot that of zero-shot", async () => {
  const grid = ["--shots", "2", "--seeds", "3", "--methods", "zero-shot,lamm", "--set", "lamm.epochs=4"];
  const { exitCode, stdout } = await experiment("few-shot", "few-shot", ...grid);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^2 of 2 cells are done\.\nResults are in .*results\.sqlite; .*\n {2}lamm report /);
  const [lamm, zeroShot] = rowsOf("few-shot");
  expect(lamm).toMatchObject({
    dataset: NAME,
    model: "clip",
    method: "lamm",
    shots: 2,
    seed: 3,
    state: "done",
  });
  expect(zeroShot).toMatchObject({ method: "zero-shot", shots: 0, seed: 0, state: "done" });

  const photos = work.path("data", "drinks-and-tableware", "images");
  const adapter = work.path("lamm.safetensors");
  const published = ["--schedule", "published", "--epochs", "4", "--shots", "2", "--seed", "3"];
  await runRecorded(["train", photos, "--model", work.model, "--out", adapter, ...published]);
  const evaluated = await runRecorded(["evaluate", adapter, photos, "--json"]);
  expect(lamm?.metrics.accuracy).toBe(JSON.parse(evaluated.stdout).accuracy);
  const words = await runRecorded(["zero-shot", photos, "--model", work.model, "--json"]);
  expect(zeroShot?.metrics.accuracy).toBe(JSON.parse(words.stdout).accuracy);
  expect(readdirSync(work.path("few-shot", "checkpoints"))).toEqual([]);
});

test("domain: the accuracy on the data set itself and on each of its domains", async () => {
  const grid = ["--methods", "zero-shot,lamm", "--seeds", "1", "--shots", "2", "--set", "epochs=3"];
  expect((await experiment("domain", "domain", ...grid)).exitCode).toBe(0);
  await experiment("domain", "few-shot", ...grid);
  const all = rowsOf("domain");
  for (const method of ["zero-shot", "lamm"]) {
    const [domain, fewShot] = all.filter((row) => row.method === method);
    expect(domain?.experiment).toBe("domain");
    expect(Object.keys(domain?.metrics ?? {})).toEqual([
      "accuracy",
      ...["v2", "sketch", "silhouette"].map((name) => `accuracy:${NAME}/${name}`),
    ]);
    expect(domain?.metrics.accuracy).toBe(fewShot?.metrics.accuracy);
  }
});

test("a domain that is not there is named before anything is run", async () => {
  await writeBenchmark(work.path("data"), { train: 2, test: 2, theme: "food" });
  rmSync(work.path("data", "food", "domains", "sketch"), { recursive: true });
  const argv = ["domain", "--datasets", "picture-world/food", "--methods", "lamm"];
  const { exitCode, stderr, stdout } = await experiment("no-domain", ...argv);
  expect(stderr).toContain("picture-world/food/sketch: expected its files in");
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
});

test("incremental: classes that were learned first lose nothing to later ones with LAMM, and may with CoOp", async () => {
  const grid = [
    "--methods",
    "zero-shot,lamm,coop+lamm,coop",
    "--seeds",
    "1",
    "--shots",
    "3",
    "--set",
    "epochs=5",
  ];
  const { exitCode } = await experiment(
    "incremental",
    "incremental",
    ...grid,
    "--set",
    "coop.learningRate=0.5",
  );
  expect(exitCode).toBe(0);
  const rows = new Map(rowsOf("incremental").map(({ method, metrics }) => [method, metrics]));
  for (const method of ["zero-shot", "lamm", "coop+lamm"]) {
    const { set1Before, set1After } = rows.get(method) ?? {};
    expect(set1After, method).toBe(set1Before);
  }
  for (const { set1Before, set1After, set2, union } of rows.values()) {
    for (const share of [set1Before, set1After, set2, union]) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
    // Among more classes fewer pictures are right.
    expect(union).toBeLessThanOrEqual(((set1After ?? 0) + (set2 ?? 0)) / 2 + 1e-9);
  }
});

test("ablation-loss: with and without at all shots, each part at the most, and nothing that few-shot has is run again", async () => {
  const grid = ["--methods", "lamm", "--seeds", "1", "--shots", "1,2", "--set", "epochs=2"];
  await experiment("loss", "few-shot", ...grid);
  const { stdout } = await experiment("loss", "ablation-loss", ...grid);
  expect(stdout).toMatch(/^10 of 10 cells are done \(2 were there before\)\./);
  const variants = rowsOf("loss")
    .filter((row) => row.experiment === "ablation-loss")
    .map(({ variant, shots }) => `${variant} ${shots}`);
  expect(variants.sort()).toEqual(
    [
      ...["CE 1", "CE 2", "CE+WC+COS+KD 1", "CE+WC+COS+KD 2", "CE+COS+KD 2", "CE+WC+KD 2", "CE+WC+COS 2"],
      ...["CE+KD 2", "CE+COS 2", "CE+WC 2"],
    ].sort(),
  );
});

test("a grown grid runs what is new, and a changed setting does not stand beside the old one", async () => {
  const grid = (shots: string, epochs: number) => [
    ...["few-shot", "--methods", "lamm", "--seeds", "1", "--shots", shots, "--set", `lamm.epochs=${epochs}`],
  ];
  await experiment("grown", ...grid("1", 2));
  const grown = await experiment("grown", ...grid("1,2", 2));
  expect(grown.stdout).toMatch(/^2 of 2 cells are done \(1 were there before\)\./);
  const before = resultLines(work.path("grown"));
  await experiment("grown", ...grid("1", 3));
  expect(rowsOf("grown").map(({ shots }) => shots)).toEqual([1]);
  const back = await experiment("grown", ...grid("1,2", 2));
  expect(back.stdout).toMatch(/^2 of 2 cells are done \(2 were there before\)\./);
  expect(resultLines(work.path("grown"))).toBe(before);
});

test("a cell that cannot run is recorded with its error, the others go on, and it is tried again", async () => {
  const grid = [
    "few-shot",
    "--methods",
    "coop,gda",
    "--seeds",
    "1",
    "--shots",
    "1",
    "--set",
    "coop.context=80",
  ];
  const { exitCode, stdout, stderr } = await experiment("failed", ...grid);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/lamm: coop on picture-world\/drinks-and-tableware, 1 shot, seed 1 failed: .*77/s);
  expect(stdout).toContain("1 of 2 cells are done. 1 failed; the same command tries them again.");
  const [coop] = rowsOf("failed");
  expect(coop).toMatchObject({ method: "coop", state: "failed", metrics: {} });
  expect(coop?.error).toContain("77");
  expect((await experiment("failed", ...grid)).stdout).toContain("(1 were there before)");
});

test("processes of their own give the same results as this one", async () => {
  const grid = [
    "few-shot",
    "--methods",
    "lamm,coop,gda",
    "--seeds",
    "1,2",
    "--shots",
    "1,2",
    "--set",
    "epochs=2",
  ];
  await experiment("one", ...grid);
  expect((await experiment("two", ...grid, "--jobs", "2")).exitCode).toBe(0);
  expect(resultLines(work.path("two"))).toBe(resultLines(work.path("one")));
});

test("a command that is wrong changes nothing of what is there", async () => {
  const grid = ["few-shot", "--methods", "lamm", "--seeds", "1", "--shots", "1", "--set"];
  await experiment("kept", ...grid, "epochs=2");
  const before = resultLines(work.path("kept"));
  for (const wrong of [
    ["--queue", "nonsense"],
    ["--queue", "--jobs", "2"],
    ["--queue", "redis://127.0.0.1:1"],
  ]) {
    expect((await experiment("kept", ...grid, "epochs=3", ...wrong)).exitCode).toBe(1);
  }
  expect(resultLines(work.path("kept"))).toBe(before);
});

test("several experiments share what was asked for as far as each can use it", async () => {
  const grid = ["--methods", "zero-shot,lamm", "--seeds", "1", "--shots", "1", "--set", "lamm.epochs=1"];
  const { exitCode, stderr } = await experiment(
    "several",
    "few-shot",
    "ablation-init",
    ...grid,
    "--set",
    "coop.epochs=1",
  );
  expect(exitCode).toBe(0);
  expect(stderr).toContain(
    "lamm: ablation-init cannot use these methods, which are left out there: zero-shot\n",
  );
  expect(stderr).toContain("lamm: settings of coop change nothing: not in this grid\n");
  expect(rowsOf("several").map((row) => `${row.experiment} ${row.method} ${row.variant}`)).toEqual([
    "ablation-init lamm random",
    "ablation-init lamm words",
    "few-shot lamm ",
    "few-shot zero-shot ",
  ]);
});

test("without data sets the complete ones are taken, and the others are named", async () => {
  const grid = ["few-shot", "--methods", "zero-shot"];
  const argv = ["--data", work.path("data"), "--models", work.model, "--out", work.path("complete"), ...grid];
  const { exitCode, stderr } = await runRecorded(["experiment", ...argv]);
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(
    /lamm: few-shot is without picture-world\/animals, .*, which are not there or not complete \(`lamm datasets` says what is missing\)\n/,
  );
  expect(rowsOf("complete").map(({ dataset }) => dataset)).toContain(NAME);
});

test.each([
  [
    ["few-shots"],
    'lamm: experiment: expected one of few-shot, domain, .*got "few-shots". Did you mean "few-shot"?',
  ],
  [["few-shot", "--methods", "lama"], 'expected one of .*got "lama"'],
  [["few-shot", "--set", "lamm.epoch=3"], "epoch"],
  [["few-shot", "--methods", "gda", "--set", "depth=3"], "depth"],
  [
    ["few-shot", "--datasets", "picture-world/drinks"],
    'data set: expected a name that `lamm datasets` lists, got "picture-world/drinks"',
  ],
  [["few-shot", "--set", "epochs"], "Expected name=value or method.name=value"],
  [["few-shot", "--seeds", "x"], "seeds"],
  [[], "experiment: expected one of few-shot, .*, all, got none."],
  [["--queue", "few-shot"], 'got none, as --queue took "few-shot" for an address. Write the name first'],
  [["all", "few-shto"], 'Did you mean "few-shot"?'],
])("%j is refused before anything is run", async (argv, message) => {
  const { exitCode, stderr, stdout } = await experiment("refused", ...argv);
  expect(stderr).toMatch(new RegExp(message.replace(/[?(]/g, "\\$&")));
  expect(stdout).toBe("");
  expect(exitCode).toBeGreaterThan(0);
  expect(existsSync(work.path("refused"))).toBe(false);
});

test("a data folder without data sets says what belongs there", async () => {
  const argv = ["experiment", "few-shot", "--data", work.path("nothing"), "--out", work.path("refused")];
  const { stderr, exitCode } = await runRecorded(argv);
  expect(stderr).toContain("expected data sets to experiment on, got none that is known");
  expect(exitCode).toBe(1);
});
