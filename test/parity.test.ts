import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNodeRuntime } from "../src/runtime/onnxruntime-node.ts";
import { isFailure, isMet } from "./parity/check.ts";
import { formatReport } from "./parity/format-report.ts";
import { type CaseReport, runParity } from "./parity/run-parity.ts";

const root = join(import.meta.dirname, "..");
const golden = join(root, "test/golden");
const runtime = createNodeRuntime();
const runScript = promisify(execFile);

/**
 * The case whose reference trained on other image features than its file holds (docs/decisions/0007): what does not depend on
 * them holds, the rest does not, and says why.
 */
const CONTRADICTORY = "lamm-rn";
const TRAINING_PARTS = ["losses", "first gradients, relative", "parameters (worst", "test logits"];

let reports: CaseReport[];
beforeAll(async () => {
  reports = await runParity(golden, runtime);
});

const reportOf = (name: string) => reports.find((report) => report.name === name);

describe("parity with other implementations", () => {
  test.each([
    ...["cocoop", "coop-csc", "coop-ctx16-random", "coop-ctx4", "coop-lamm", "coop-middle"],
    ...["contrastive", "encode-rn", "encode-vit", "few-shot-sampling", "hierarchical-loss"],
    ...["lamm-1shot", "lamm-4shot-two-token", "lamm-no-hierarchical", "maple", "maple-lamm", "preprocess"],
  ])("%s", (name) => {
    const report = reportOf(name);
    expect(report && formatReport([report])).not.toContain("MISS");
    expect(report?.result?.checks.length).toBeGreaterThan(0);
  });

  test("no other case of the folder is missed", () => {
    expect(reports.filter(({ verdict }) => verdict === "MISS").map(({ name }) => name)).toEqual([
      CONTRADICTORY,
    ]);
  });

  test("a reference that contradicts itself is a miss that says so, and its other values hold", () => {
    const result = reportOf(CONTRADICTORY)?.result;
    const missed = result?.checks.filter((check) => !isMet(check)).map(({ part }) => part) ?? [];
    expect(missed).toHaveLength(TRAINING_PARTS.length);
    missed.forEach((part, index) => {
      expect(part.startsWith(TRAINING_PARTS[index] ?? "?")).toBe(true);
    });
    expect(result?.checks.find(({ part }) => part === "test logits of its last parameters")).toSatisfy(isMet);
    expect(result?.notes).toEqual([expect.stringMatching(/^first gradient lies 0\.\d+ outside the span/)]);
  });
});

describe("the parity command", () => {
  const folder = mkdtempSync(join(tmpdir(), "lamm-parity-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const copy = (...names: string[]) => {
    for (const name of names) cpSync(join(golden, name), join(folder, name), { recursive: true });
  };
  const run = async () => {
    const script = [join(root, "scripts/parity.ts"), folder];
    const { stdout, code } = await runScript(process.execPath, script).catch((error) => error);
    return { stdout, code: code ?? 0 };
  };

  test("ends with 0 where all holds, and lists a case that it does not know", async () => {
    copy("few-shot-sampling.json");
    writeFileSync(join(folder, "astrology.json"), "{}");
    const { stdout, code } = await run();
    expect(stdout).toMatch(/astrology +not covered/);
    expect(stdout).not.toContain("MISS");
    expect(code).toBe(0);
  });

  test("ends with 1 where a value was changed", async () => {
    const path = join(folder, "few-shot-sampling.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"randbelow": [1,', '"randbelow": [0,'));
    const { stdout, code } = await run();
    expect(stdout).toMatch(/streams that differ \(of 7\) .*MISS/);
    expect(code).toBe(1);
  });

  test("a truncated file is a miss with its reason, not a crash", async () => {
    copy("clip-vit.openai.safetensors", "lamm-1shot.safetensors", "lamm-1shot.json");
    truncateSync(join(folder, "lamm-1shot.safetensors"), 5000);
    const report = (await runParity(folder, runtime)).find(({ name }) => name === "lamm-1shot");
    expect(report?.verdict).toBe("MISS");
    const [check] = report?.result?.checks ?? [];
    expect(check && isFailure(check) && check.reason).toContain("lamm-1shot.safetensors");
  });

  test("without a folder it says how it is used", async () => {
    const { stderr, code } = await runScript(process.execPath, [join(root, "scripts/parity.ts")]).catch(
      (error) => error,
    );
    expect(stderr).toBe("Usage: npm run parity -- <folder of golden values>\n");
    expect(code).toBe(2);
  });
});

test("all golden values beside the project", async (context) => {
  const shared = resolve(root, process.env.LAMM_SHARED ?? "../shared", "golden");
  if (!existsSync(shared)) return context.skip("the folder of golden values is not there");
  const found = await runParity(shared, runtime);
  expect(found.filter(({ verdict }) => verdict === "MISS").map(({ name }) => name)).toEqual([CONTRADICTORY]);
});
