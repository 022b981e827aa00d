import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts"],
    // Every file loads the engine, whose threads fill the cores: two files side by side are the most that helps.
    maxWorkers: 2,
    pool: "forks",
    testTimeout: 60_000,
  },
});
