import { z } from "zod";
import { parseJsonObject } from "../clip/checkpoint/parse-json.ts";
import { parseSafetensors } from "../clip/checkpoint/safetensors.ts";
import { writeSafetensors } from "../clip/checkpoint/write-safetensors.ts";
import { ModelFileError } from "../errors.ts";
import { createMemorySource } from "../tensor/byte-source.ts";
import { VERSION } from "../version.ts";
import type { Adapter } from "./adapter.ts";
import { checkAdapterTensors, nameAdapterTensors } from "./check-adapter-tensors.ts";

/**
 * Format that this version writes. It reads format 1 as well, which knew no methods but those that learn text features, and none
 * of the fields that are optional here.
 */
export const ADAPTER_FORMAT = 2;
const READABLE_FORMATS: readonly string[] = ["1", String(ADAPTER_FORMAT)];
/** Metadata key that makes a safetensors file an adapter. */
const FORMAT_KEY = "lamm.format";
/** Metadata key of the version that wrote the file: for people and error messages, nothing depends on it. */
const VERSION_KEY = "lamm.version";
/** Metadata key of everything else. */
const ADAPTER_KEY = "lamm.adapter";

const schema = z.strictObject({
  method: z.string().min(1),
  baseModel: z.strictObject({
    id: z.string(),
    weightsHash: z.string().min(1),
    preprocessing: z.string().min(1),
  }),
  classNames: z.array(z.string()).min(1),
  promptNames: z.array(z.string()).optional(),
  template: z.string(),
  logitScale: z.number().positive(),
  config: z.record(z.string(), z.unknown()),
  lossParametersGiven: z.literal(true).optional(),
  additions: z
    .array(
      z.strictObject({
        classes: z.array(z.string()),
        negatives: z.enum(["old", "none"]),
        pictures: z.int().nonnegative(),
        config: z.record(z.string(), z.unknown()),
      }),
    )
    .optional(),
  rowCounts: z.record(z.string(), z.array(z.int().nonnegative())).optional(),
  hyperparameters: z.record(z.string(), z.number()).optional(),
  calibration: z
    .strictObject({ temperature: z.number().positive(), errorBefore: z.number(), errorAfter: z.number() })
    .optional(),
  rejection: z
    .strictObject({
      threshold: z.number(),
      knownRejected: z.number(),
      areaUnderRoc: z.number(),
      unknownRejected: z.number(),
    })
    .optional(),
});

/** What an adapter says in words and numbers: all of it but its tensors. */
type Description = z.output<typeof schema>;

/** The same without keys whose value is `undefined`. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/**
 * Writes an adapter as a safetensors file. The same adapter gives the same bytes.
 *
 * @returns the file in pieces; those behind the first are views of the adapter's tensors
 * @throws {ModelFileError} if it is one that {@link parseAdapter} would refuse, such as one whose training diverged
 */
export function serializeAdapter(adapter: Adapter): Uint8Array[] {
  const rest = Object.entries(adapter).filter(([key]) => key in schema.shape);
  const fix = "Nothing was written; where training diverged, lower its learning rate or loss weights.";
  const description = checkDescription(Object.fromEntries(rest), { where: "adapter", fix });
  const tensors = nameAdapterTensors(adapter);
  checkAdapterTensors(tensors, { where: "adapter", fix, classCount: description.classNames.length });
  const metadata = new Map([
    [FORMAT_KEY, String(ADAPTER_FORMAT)],
    [VERSION_KEY, VERSION],
    [ADAPTER_KEY, JSON.stringify(description)],
  ]);
  return writeSafetensors(tensors, metadata);
}

/**
 * Reads an adapter.
 *
 * @param name of the file, as errors show it
 * @returns the adapter; its tensors are views of the bytes where alignment allows
 * @throws {ModelFileError} if it is damaged, no adapter, of another version, or its tensors do not fit its classes
 */
export function parseAdapter(name: string, bytes: Uint8Array): Adapter {
  const { tensors, metadata } = parseSafetensors(createMemorySource(name, bytes));
  checkFormat(name, metadata);
  const fix = "The file is damaged; train it again.";
  const json = parseJsonObject(`${name}, metadata "${ADAPTER_KEY}"`, metadata.get(ADAPTER_KEY) ?? "{}");
  const description = checkDescription(json, { where: `${name}, metadata "${ADAPTER_KEY}"`, fix });
  const classCount = description.classNames.length;
  return { ...description, ...checkAdapterTensors(tensors, { where: name, classCount, fix }) };
}

/** Whether this metadata of a safetensors file makes it an adapter, of whatever format. */
export function isAdapterMetadata(metadata: ReadonlyMap<string, string>): boolean {
  return metadata.has(FORMAT_KEY);
}

function checkFormat(name: string, metadata: ReadonlyMap<string, string>): void {
  const format = metadata.get(FORMAT_KEY);
  if (format !== undefined && READABLE_FORMATS.includes(format)) return;
  if (format === undefined) {
    throw new ModelFileError({
      where: name,
      expected: "an adapter that lamm wrote",
      got: "a safetensors file without its metadata",
      fix: "Give the file that `lamm train --out` wrote.",
    });
  }
  throw new ModelFileError({
    where: name,
    expected: `adapter format ${READABLE_FORMATS.join(" or ")}`,
    got: `format ${format}, written by lamm ${metadata.get(VERSION_KEY) ?? "of an unknown version"}`,
    fix: Number(format) > ADAPTER_FORMAT ? "Update lamm." : "Train it again.",
  });
}

function checkDescription(
  value: unknown,
  { where, fix }: { where: string; fix: string },
): Defined<Description> {
  const parsed = schema.safeParse(value);
  const got = parsed.success ? missingNames(parsed.data) : describeIssue(parsed.error);
  if (parsed.success && got === undefined) return parsed.data as Defined<Description>;
  throw new ModelFileError({ where, expected: "the description of an adapter", got: `${got}`, fix });
}

/** What no schema of a field by itself can tell. */
function missingNames({ classNames, promptNames = classNames }: Description): string | undefined {
  if (promptNames.length === classNames.length) return undefined;
  return `promptNames: ${promptNames.length} names of ${classNames.length} classes`;
}

function describeIssue({ issues: [issue] }: z.ZodError): string {
  const path = issue?.path.join(".");
  return path ? `${path}: ${issue?.message}` : `${issue?.message}`;
}
