import { defineConfig } from "vitest/config";
import { summaryReporter } from "./test/setup/summary-reporter.ts";

export default defineConfig({
  test: {
    include: ["{src,test,bench,scripts,picture-world}/**/*.test.ts"],
    setupFiles: ["test/setup/fail-on-warnings.ts"],
    reporters: ["default", summaryReporter],
    // Every file loads the engine, whose threads fill the cores: two files side by side are the most that helps.
    maxWorkers: 2,
    pool: "forks",
    // No test is about time: these are for a run that hangs, on a machine that is busy with others.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
