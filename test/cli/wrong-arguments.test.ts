import { expect, test } from "vitest";
import { runRecorded } from "../support/cli/run-recorded.ts";

const HINT = "Add --help to see what there is.\n";
const whole = "Expected a whole number from 1.";

test.for([
  ["trian photos", "lamm: unknown command 'trian' (Did you mean train?)"],
  ["zeroshot photos", "lamm: unknown command 'zeroshot' (Did you mean zero-shot?)"],
  ["fly", "lamm: unknown command 'fly'"],
  ["train photos --sots 3", "lamm: unknown option '--sots' (Did you mean --shots?)"],
  ["evaluate a b --jsn", "lamm: unknown option '--jsn' (Did you mean --json?)"],
  ["train", "lamm: missing required argument 'folder'"],
  ["evaluate a", "lamm: missing required argument 'folder'"],
  ["predict a", "lamm: missing required argument 'picture or folder'"],
  ["train a b", "lamm: too many arguments for 'train'. Expected 1 argument but got 2: a, b."],
  ["train a --out", "lamm: option '--out <file>' argument missing"],
  ["train a --shots abc", `lamm: option '--shots <n>' argument 'abc' is invalid. ${whole}`],
  ["train a --shots 0", `lamm: option '--shots <n>' argument '0' is invalid. ${whole}`],
  ["train a --shots 1.5", `lamm: option '--shots <n>' argument '1.5' is invalid. ${whole}`],
  ["train a --shots 1e99", `lamm: option '--shots <n>' argument '1e99' is invalid. ${whole}`],
  ["train a --epochs -1", `lamm: option '--epochs <n>' argument '-1' is invalid. ${whole}`],
  [
    "train a --seed -1",
    "lamm: option '--seed <n>' argument '-1' is invalid. Expected a whole number from 0.",
  ],
  [
    "train a --views 1001",
    "lamm: option '--views <n>' argument '1001' is invalid. Expected a whole number from 1 to 1000.",
  ],
  [
    "train a --schedule publised",
    "lamm: option '--schedule <name>' argument 'publised' is invalid. Expected one of fast, published. Did you mean \"published\"?",
  ],
  [
    "train a --init wrods",
    "lamm: option '--init <how>' argument 'wrods' is invalid. Expected one of words, random. Did you mean \"words\"?",
  ],
  [
    "train a --tokens sharde",
    "lamm: option '--tokens <n>' argument 'sharde' is invalid. Expected shared, all, or a whole number from 1. Did you mean \"shared\"?",
  ],
  [
    "train a --tokens 0",
    "lamm: option '--tokens <n>' argument '0' is invalid. Expected shared, all, or a whole number from 1.",
  ],
  [
    "train a --loss-features -1",
    "lamm: option '--loss-features <w>' argument '-1' is invalid. Expected a number from 0.",
  ],
  [
    "train a --loss-temperature 0",
    "lamm: option '--loss-temperature <t>' argument '0' is invalid. Expected a number above 0.",
  ],
  [
    "train a --set method=gda",
    "lamm: option '--set <name=value>' argument 'method=gda' is invalid. The method itself is chosen with --method.",
  ],
  [
    "compare a --methods ,",
    "lamm: option '--methods <list>' argument ',' is invalid. Expected names with commas between them, or all.",
  ],
  [
    "predict a b --device quantum",
    "lamm: option '--device <name>' argument 'quantum' is invalid. Expected one of cpu, webgpu, cuda.",
  ],
  [
    "predict a b --device cpuu",
    "lamm: option '--device <name>' argument 'cpuu' is invalid. Expected one of cpu, webgpu, cuda. Did you mean \"cpu\"?",
  ],
  ["predict a b --top 0", `lamm: option '--top <k>' argument '0' is invalid. ${whole}`],
  ["predict a b --threads two", `lamm: option '--threads <n>' argument 'two' is invalid. ${whole}`],
] as const)("lamm %s", async ([line, message]) => {
  expect(await runRecorded(line.split(" "))).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: `${message}\n${HINT}`,
  });
});

test("an empty value is none", async () => {
  const { exitCode, stderr } = await runRecorded(["train", "a", "--shots", ""]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(whole);
});
