import { z } from "zod";
import { ConfigError } from "../errors.ts";
import { describeInput } from "../methods/describe-values.ts";
import { nearestName } from "../methods/nearest-name.ts";

/**
 * Fills a configuration's defaults in.
 *
 * @param where what is configured, as errors name it
 * @param aboutUnknown what to do about an unknown key that is like no known one
 * @throws {ConfigError} naming an unknown key, with the nearest one that there is, or a value that is not allowed and what is
 */
export function parseConfig<S extends z.ZodType>(
  schema: S,
  input: unknown,
  where: string,
  aboutUnknown?: (key: string) => string | undefined,
): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const place = path.length > 0 ? `${where}, ${path.join(".")}` : where;
  if (issue?.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = knownKeys(schema, path);
    const nearest = nearestName(key, known);
    const fix = nearest === undefined ? aboutUnknown?.(key) : `Did you mean "${nearest}"?`;
    throw new ConfigError({
      where: place,
      expected: `one of ${known.join(", ")}`,
      got: `the key "${key}"`,
      ...(fix !== undefined && { fix }),
    });
  }
  throw new ConfigError({
    where: place,
    expected: (issue && expectedBy(schema, issue)) ?? "an allowed value",
    got: show(valueAt(input, path)),
  });
}

/** Problems of one value that its schema explains; others, such as a rule between two values, have messages of their own. */
const ABOUT_ONE_VALUE = ["invalid_type", "too_small", "too_big", "invalid_value", "invalid_union"];

function expectedBy(schema: z.ZodType, issue: z.core.$ZodIssue): string {
  const { code, path, message } = issue;
  if (issue.code === "not_multiple_of") return `a multiple of ${issue.divisor}`;
  const [at] = ABOUT_ONE_VALUE.includes(code ?? "") ? schemasAt(schema, path) : [];
  return (at && describeInput(at)) ?? message;
}

/** Schemas of the value at a path; several where a union's objects have the same key. */
function schemasAt(schema: z.ZodType, [first, ...rest]: readonly PropertyKey[]): z.ZodType[] {
  if (first === undefined) return [schema];
  return objectsIn(schema).flatMap(({ shape }) => {
    const inner = shape[String(first)];
    return inner === undefined ? [] : schemasAt(inner, rest);
  });
}

/** Keys of the object at a path of a schema; a union's are those of all its objects. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return schemasAt(schema, path)
    .flatMap(objectsIn)
    .flatMap(({ shape }) => Object.keys(shape));
}

function objectsIn(schema: z.ZodType): z.ZodObject<Record<string, z.ZodType>>[] {
  if (schema instanceof z.ZodObject) return [schema as z.ZodObject<Record<string, z.ZodType>>];
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap(objectsIn);
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return objectsIn(schema.unwrap() as z.ZodType);
  return [];
}

/** As in JSON, which has no name for numbers that are not finite. */
function show(value: unknown): string {
  return typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}
