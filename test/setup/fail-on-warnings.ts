import { afterAll, afterEach } from "vitest";

/**
 * Warnings of Node that we know and accept: `node:sqlite` is a release candidate in Node 24, and Node 22 says the same of
 * running TypeScript.
 */
const ACCEPTED = /^ExperimentalWarning: (SQLite|Type Stripping)\b/;

const printed: string[] = [];

// A test that expects a warning puts its own spy over these, which therefore hear only what nobody expected.
for (const method of ["warn", "error"] as const) {
  console[method] = (...parts: unknown[]) => void printed.push(`console.${method}: ${parts.join(" ")}`);
}
process.on("warning", (warning) => {
  const line = `${warning.name}: ${warning.message}`;
  if (!ACCEPTED.test(line)) printed.push(line);
});

async function checkNothingPrinted(): Promise<void> {
  // Node hands out its warnings in a later turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  const lines = printed.splice(0);
  if (lines.length > 0) throw new Error(`expected no warnings, got:\n${lines.join("\n")}`);
}

afterEach(checkNothingPrinted);
// For what is printed outside of tests, by a file without any that ran or by another hook.
afterAll(checkNothingPrinted);
