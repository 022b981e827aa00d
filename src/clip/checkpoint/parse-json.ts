import { ModelFileError } from "../../errors.ts";
import { findDuplicateKey } from "./find-duplicate-key.ts";

/** Text of a JSON file, or its bytes in UTF-8. */
export type JsonSource = string | Uint8Array;

/**
 * Parses a JSON object from outside. Stricter than `JSON.parse`: the text is valid UTF-8 and no key occurs twice.
 *
 * @param where file, and part of it, as errors show it
 * @throws {ModelFileError} if it is anything else
 */
export function parseJsonObject(where: string, json: JsonSource): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = typeof json === "string" ? json : new TextDecoder("utf-8", { fatal: true }).decode(json);
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(where, "valid JSON", cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!isObject(value)) {
    throw damaged(where, "a JSON object", Array.isArray(value) ? "an array" : String(value));
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) throw damaged(where, "each key once", `"${duplicate}" twice`);
  return value;
}

/** Whether a parsed JSON value is an object, and not an array or null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function damaged(where: string, expected: string, got: string, cause?: unknown): ModelFileError {
  const fix = "The file is damaged or of another kind; download it again.";
  return new ModelFileError({ where, expected, got, fix, cause });
}
