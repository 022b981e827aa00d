import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Results of a test run. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** What did not run, and why as far as the test says. */
  readonly skipped: readonly string[];
}

/** Ends a test run with the skipped tests and their reasons, and a line `N passed, N failed`. */
export const summaryReporter: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    process.stdout.write(formatCounts(countTests(modules, unhandledErrors.length)));
  },
};

function countTests(modules: readonly TestModule[], unhandledErrors: number): TestCounts {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const failing = tests.filter((test) => !["passed", "skipped"].includes(test.result().state));
  const modulesOfFailing = new Set(failing.map((test) => test.module));
  // Files that do not load, or whose hooks fail, have no test to blame.
  const failingModules = modules.filter((module) => !module.ok() && !modulesOfFailing.has(module));
  const failed = failing.length + failingModules.length + unhandledErrors;
  return {
    passed: tests.filter((test) => test.result().state === "passed").length,
    // A run without tests proves nothing.
    failed: tests.length === 0 ? Math.max(1, failed) : failed,
    skipped: tests.filter((test) => test.result().state === "skipped").map(describeSkip),
  };
}

function describeSkip(test: TestCase): string {
  const result = test.result();
  const note = result.state === "skipped" ? result.note : undefined;
  const reason = note ?? (test.module.ok() ? "the test gives no reason" : "a hook of its file failed");
  return `${test.module.relativeModuleId} > ${test.fullName}: ${reason}`;
}

/** The lines that a run ends with. */
export function formatCounts({ passed, failed, skipped }: TestCounts): string {
  const list = skipped.map((skip) => `  ${skip}\n`).join("");
  const heading = skipped.length === 0 ? "" : `Skipped:\n${list}\n`;
  const tail = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
  return `${heading}${passed} passed, ${failed} failed${tail}\n`;
}
