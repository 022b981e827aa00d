import { expect, test } from "vitest";
import { runRecorded } from "../support/cli/run-recorded.ts";

test.each(["lamm", "lamm,", "lamm,coop,gda", ""])("--compare refuses %j", async (value) => {
  const { exitCode, stderr } = await runRecorded(["report", "out", "--compare", value]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("Expected two methods with a comma between them, such as lamm,coop.");
});

test("--compare refuses a method against itself", async () => {
  const { exitCode, stderr } = await runRecorded(["report", "out", "--compare", "gda, gda"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("Both are gda: expected two different methods, such as lamm,coop.");
});
