import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DataError } from "../../errors.ts";
import {
  failureOf,
  failureText,
  parseCellJob,
  parseResult,
  withDataFolder,
  withoutDataFolder,
} from "./queue-job.ts";

const job = {
  cell: {
    task: "accuracy",
    dataset: "picture-world/animals",
    targets: [],
    model: "lamm/picture-world",
    config: { method: "zero-shot" },
  },
  key: "ab".repeat(32),
  planned: { data: { a: "b" }, weights: "c", preprocessing: "d", software: { lamm: "1" } },
  featureSets: [],
};

test("a cell comes out of the queue as it went in", () => {
  expect(parseCellJob(structuredClone(job))).toEqual({ ...job, refusals: {} });
  const config = { method: "lamm", shots: 4, loss: { logits: 0.5 } };
  expect(parseCellJob({ ...job, cell: { ...job.cell, config } }).cell.config).toEqual(config);
});

test.each([
  [{ ...job, key: "../../../etc/passwd" }, "key: Invalid string: must match pattern /^[0-9a-f]{64}$/"],
  [{ ...job, cell: { ...job.cell, task: "other" } }, "cell.task: Invalid option"],
  [undefined, ": Invalid input: expected object, received undefined"],
])("something else is refused", (data, got) => {
  expect(() => parseCellJob(data)).toThrow(
    `job of the queue: expected one of this version of lamm, got ${got}`,
  );
});

test("a result is numbers", () => {
  const result = { metrics: { accuracy: 0.1 + 0.2 }, seconds: 3 };
  expect(parseResult(JSON.parse(JSON.stringify(result)))).toEqual(result);
  expect(() => parseResult({ metrics: { accuracy: "high" }, seconds: 3 })).toThrow(
    "job of the queue: expected one of this version of lamm, got metrics.accuracy: Invalid input: expected number, received string. " +
      "Use the same version of lamm on all machines, and a queue for it alone.",
  );
});

test("an error comes back with its class and parts", () => {
  const error = new DataError({ where: "here", expected: "this", got: "that", cause: new Error("why") });
  const found = failureOf(failureText(error));
  expect(found).toBeInstanceOf(DataError);
  expect(found.details).toEqual({ where: "here", expected: "this", got: "that" });
});

test.each([
  ["job stalled more than allowable limit", "job stalled more than allowable limit"],
  [undefined, "no reason"],
  ['{"code":1}', '{"code":1}'],
])("BullMQ's own reason %s is told", (reason, got) => {
  expect(failureOf(reason).message).toBe(
    `a worker that ran the cell: expected it to finish, got ${got}. Where memory ran out, run fewer cells at a time with --jobs.`,
  );
});

test("models in the data folder are found on a machine with another one", () => {
  const data = mkdtempSync(join(tmpdir(), "lamm-data-"));
  mkdirSync(join(data, "backbones", "vit"), { recursive: true });
  const sent = withoutDataFolder({ model: join(data, "backbones", "vit") }, data);
  // A hub id, even where all that is here counts as data.
  expect(withoutDataFolder({ model: "openai/clip" }, ".")).toEqual({ model: "openai/clip" });
  rmSync(data, { recursive: true });
  expect(sent).toEqual({ model: "data:backbones/vit" });
  expect(withDataFolder(sent, "/mnt/sets")).toEqual({ model: join("/mnt/sets", "backbones", "vit") });
});

test.each(["openai/clip-vit-base-patch16", "lamm/picture-world", "/models/clip", "data-of-others/vit"])(
  "%s is the same everywhere",
  (model) => {
    expect(withoutDataFolder({ model }, "data")).toEqual({ model });
    expect(withDataFolder({ model }, "/mnt/sets")).toEqual({ model });
  },
);
