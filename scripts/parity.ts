// Compares this package with reference implementations: npm run parity -- <folder of golden values>.
import { LammError } from "../src/errors.ts";
import { createNodeRuntime } from "../src/runtime/onnxruntime-node.ts";
import { formatReport, hasPassed } from "../test/parity/format-report.ts";
import { runParity } from "../test/parity/run-parity.ts";

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  process.stderr.write("Usage: npm run parity -- <folder of golden values>\n");
  process.exitCode = 2;
} else {
  try {
    const reports = await runParity(folder, createNodeRuntime());
    process.stdout.write(formatReport(reports));
    process.exitCode = hasPassed(reports) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
