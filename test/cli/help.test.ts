import { expect, test, vi } from "vitest";
import { VERSION } from "../../src/version.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";

test("the program's help lists the commands", async () => {
  const { exitCode, stdout, stderr } = await runRecorded(["--help"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toMatchSnapshot();
});

const commands = [
  ...["train", "evaluate", "predict", "zero-shot", "add", "remove", "rename", "explain", "methods"],
  ...["datasets", "pretrain", "experiment", "worker", "report", "demo", "doctor"],
];

test.for(commands)("the help of %s lists its flags", async (command) => {
  const { exitCode, stdout, stderr } = await runRecorded([command, "--help"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toMatchSnapshot();
});

test.for(["experiment", "worker"])("%s takes an empty LAMM_DATA for none", async (command) => {
  vi.stubEnv("LAMM_DATA", "");
  try {
    const { stdout } = await runRecorded([command, "--help"], { columns: 200 });
    expect(stdout).toMatch(/--data <folder> .*\(default: "data"\)/);
  } finally {
    vi.unstubAllEnvs();
  }
});

test("help is as wide as the terminal", async () => {
  const { stdout } = await runRecorded(["train", "--help"], { columns: 120 });
  const widest = Math.max(...stdout.split("\n").map((line) => line.length));
  expect(widest).toBeGreaterThan(80);
  expect(widest).toBeLessThanOrEqual(120);
});

test("without a command the help goes to stderr, as an error", async () => {
  const { exitCode, stdout, stderr } = await runRecorded([]);
  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("Usage: lamm [options] [command]");
});

test("the version is the package's", async () => {
  expect(await runRecorded(["--version"])).toEqual({ exitCode: 0, stdout: `${VERSION}\n`, stderr: "" });
});
