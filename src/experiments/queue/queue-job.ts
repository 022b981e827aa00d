import { existsSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { EngineError, type LammError, restoreError } from "../../errors.ts";
import type { Cell } from "../cell.ts";
import type { CellTask, EncodeTask } from "../cell-message.ts";
import type { CellResult } from "../cell-run.ts";

/** Version of what is below: another one has queues of its own. */
const FORMAT = 1;
/** Begins all keys in Redis that BullMQ makes for us. */
export const JOB_PREFIX = "lamm";
/** Marks a model whose path begins in the data folder, wherever that is. */
const IN_DATA = "data:";

// What a job says comes from other machines: keys become names of files.
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const ingredients = z.object({
  data: z.record(z.string(), z.string()),
  weights: z.string(),
  preprocessing: z.string(),
  software: z.record(z.string(), z.string()),
});
/** Why workers could not run it, by their ids. */
const refusals = z.record(z.string(), z.string()).default({});

const cellJobSchema = z.object({
  cell: z.object({
    task: z.enum(["accuracy", "transfer", "incremental"]),
    dataset: z.string(),
    targets: z.array(z.string()),
    model: z.string(),
    config: z.looseObject({ method: z.string() }),
  }),
  key: digest,
  planned: ingredients,
  featureSets: z.array(digest),
  refusals,
});
const encodeJobSchema = z.object({
  chunk: z.object({
    dataset: z.string(),
    model: z.string(),
    indices: z.array(z.int().nonnegative()).max(10_000),
  }),
  planned: ingredients,
  featureSet: digest,
  id: digest,
  refusals,
});
const resultSchema = z.object({
  metrics: z.record(z.string(), z.number()),
  seconds: z.number(),
}) satisfies z.ZodType<CellResult>;
const failureSchema = z.object({
  code: z.string(),
  details: z.object({
    where: z.string(),
    expected: z.string(),
    got: z.string(),
    fix: z.string().optional(),
  }),
});

/** A cell in the queue. */
export interface CellJob extends Required<CellTask> {
  /** Sets of features that the cell's pictures have, see `FeatureStore`. */
  readonly featureSets: readonly string[];
  readonly refusals: Readonly<Record<string, string>>;
}

/** Pictures in the queue, to be encoded. */
export interface EncodeJob extends EncodeTask {
  /** The set that their features belong to, and the part of it that they are. */
  readonly featureSet: string;
  readonly id: string;
  readonly refusals: Readonly<Record<string, string>>;
}

/** Name of the queue in Redis. */
export function queueKey(name: string): string {
  return `${name}-v${FORMAT}`;
}

/**
 * Reads a cell from a job's data.
 *
 * @throws {LammError} if it is none
 */
export function parseCellJob(data: unknown): CellJob {
  return parse(cellJobSchema, data) as unknown as CellJob;
}

/**
 * Reads pictures from a job's data.
 *
 * @throws {LammError} if it is none
 */
export function parseEncodeJob(data: unknown): EncodeJob {
  return parse(encodeJobSchema, data);
}

/**
 * Reads a cell's result from what a job returned.
 *
 * @throws {LammError} if it is none
 */
export function parseResult(value: unknown): CellResult {
  return parse(resultSchema, value);
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new EngineError({
    where: "job of the queue",
    expected: "one of this version of lamm",
    got: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "something else"}`,
    fix: "Use the same version of lamm on all machines, and a queue for it alone.",
  });
}

/** An error as text, for a job that failed. */
export function failureText({ code, details: { cause: _, ...details } }: LammError): string {
  return JSON.stringify({ code, details });
}

/** The error of a job that failed; of BullMQ's own reasons one that names them. */
export function failureOf(reason: string | undefined): LammError {
  try {
    const { code, details } = failureSchema.parse(JSON.parse(reason ?? ""));
    const { fix, ...parts } = details;
    return restoreError(code, { ...parts, ...(fix !== undefined && { fix }) });
  } catch {
    return new EngineError({
      where: "a worker that ran the cell",
      expected: "it to finish",
      got: reason || "no reason",
      fix: "Where memory ran out, run fewer cells at a time with --jobs.",
    });
  }
}

/** A cell, or other work on a model, whose model path begins at the data folder where it lies in there. */
export function withoutDataFolder<T extends Pick<Cell, "model">>(work: T, data: string): T {
  const path = relative(resolve(data), resolve(work.model));
  const isInside = path !== "" && !path.startsWith("..") && !isAbsolute(path) && existsSync(work.model);
  return isInside ? { ...work, model: `${IN_DATA}${path.replaceAll(sep, "/")}` } : work;
}

/** The same on a machine with its own data folder. */
export function withDataFolder<T extends Pick<Cell, "model">>(work: T, data: string): T {
  const { model } = work;
  return model.startsWith(IN_DATA) ? { ...work, model: join(data, model.slice(IN_DATA.length)) } : work;
}
