import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { gradientRules } from "../../src/autodiff/rules.ts";
import { runtimeContract } from "../../test/contract/runtime.ts";
import { operatorTable } from "./operator-table.ts";

test("docs/operators.md is what scripts/write-operator-table.ts writes", () => {
  const file = join(import.meta.dirname, "../../docs/operators.md");
  expect(readFileSync(file, "utf8")).toBe(operatorTable());
});

test("every operator has a row, and a case of the contract behind its columns", () => {
  const names = runtimeContract.map(({ name }) => name);
  for (const op of Object.keys(gradientRules)) {
    expect(operatorTable()).toContain(`\n| ${op} | `);
    expect(names).toContain(`runs ${op} and its gradient`);
  }
});
