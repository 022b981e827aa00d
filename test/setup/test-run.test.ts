import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatCounts } from "./summary-reporter.ts";

const repository = join(import.meta.dirname, "..", "..");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lamm-test-run-"));
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"), "junction");
  await writeFile(
    join(folder, "vitest.config.ts"),
    `import { summaryReporter } from ${JSON.stringify(join(import.meta.dirname, "summary-reporter.ts"))};
     export default { test: {
       setupFiles: [${JSON.stringify(join(import.meta.dirname, "fail-on-warnings.ts"))}],
       reporters: [summaryReporter],
     } };`,
  );
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs the body of one test file under the project's setup. */
async function runTests(body: string): Promise<{ exitCode: number; output: string }> {
  const source = `import { afterAll, beforeAll, expect, test, vi } from "vitest";\n${body}`;
  await writeFile(join(folder, "fixture.test.ts"), source);
  const vitest = join(repository, "node_modules", "vitest", "vitest.mjs");
  // Vitest tells its own children what they are by the environment.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
  return new Promise((resolve) => {
    execFile(process.execPath, [vitest, "run", "--root", folder], { env, cwd: folder }, (error, stdout) => {
      resolve({ exitCode: typeof error?.code === "number" ? error.code : 0, output: stdout });
    });
  });
}

test("a run ends with the skipped tests, their reasons, and the counts", async () => {
  const { exitCode, output } = await runTests(`
    test("adds", () => expect(1 + 1).toBe(2));
    test("reads", (context) => context.skip("there is no such folder"));
    test.skip("writes", () => {});
    test("expects a warning", () => {
      const warn = vi.spyOn(console, "warn").mockReturnValue();
      console.warn("expected");
      expect(warn).toHaveBeenCalled();
    });
    test("opens a database", () => import("node:sqlite"));
  `);
  expect(output).toBe(
    "Skipped:\n" +
      "  fixture.test.ts > reads: there is no such folder\n" +
      "  fixture.test.ts > writes: the test gives no reason\n\n" +
      "3 passed, 0 failed, 2 skipped\n",
  );
  expect(exitCode).toBe(0);
});

test.each([
  ["an assertion", 'test("a", () => expect(1).toBe(2));', "0 passed, 1 failed\n"],
  ["console.warn", 'test("a", () => console.warn("odd"));', "0 passed, 1 failed\n"],
  ["console.error", 'test("a", () => console.error("odd"));', "0 passed, 1 failed\n"],
  ["a warning of Node", 'test("a", () => process.emitWarning("odd"));', "0 passed, 1 failed\n"],
  [
    "a hook behind the tests",
    'test("a", () => {}); afterAll(() => console.warn("odd"));',
    "1 passed, 1 failed\n",
  ],
  [
    "a hook before the tests",
    'test("a", () => {}); beforeAll(() => { throw new Error("odd"); });',
    "Skipped:\n  fixture.test.ts > a: a hook of its file failed\n\n0 passed, 1 failed, 1 skipped\n",
  ],
  ["a file that does not load", 'test("a", () => {}); throw new Error("odd");', "0 passed, 1 failed\n"],
  [
    "an error behind a test",
    'test("a", () => void Promise.reject(new Error("odd")));',
    "1 passed, 1 failed\n",
  ],
  ["a file without tests", "", "0 passed, 1 failed\n"],
])("%s fails the run and is counted", async (_, body, ending) => {
  const { exitCode, output } = await runTests(body);
  expect(output).toBe(ending);
  expect(exitCode).toBe(1);
});

test("without skipped tests nothing is said of them", () => {
  expect(formatCounts({ passed: 12, failed: 0, skipped: [] })).toBe("12 passed, 0 failed\n");
});
