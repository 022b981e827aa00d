import { z } from "zod";
import { ConfigError } from "../errors.ts";
import { nearestName } from "../methods/nearest-name.ts";

/**
 * Fills a configuration's defaults in.
 *
 * @param where what is configured, as errors name it
 * @throws {ConfigError} naming an unknown key, with the nearest one that there is, or a value that is not allowed
 */
export function parseConfig<S extends z.ZodType>(schema: S, input: unknown, where: string): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const place = path.length > 0 ? `${where}, ${path.join(".")}` : where;
  if (issue?.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = knownKeys(schema, path);
    const nearest = nearestName(key, known);
    throw new ConfigError({
      where: place,
      expected: `one of ${known.join(", ")}`,
      got: `the key "${key}"`,
      ...(nearest !== undefined && { fix: `Did you mean "${nearest}"?` }),
    });
  }
  throw new ConfigError({
    where: place,
    expected: issue?.message ?? "an allowed value",
    got: show(valueAt(input, path)),
  });
}

/** Keys of the object at a path of a schema; a union's are those of all its objects. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const [first, ...rest] = path;
  return objectsIn(schema).flatMap(({ shape }) => {
    if (first === undefined) return Object.keys(shape);
    const inner = shape[String(first)];
    return inner === undefined ? [] : knownKeys(inner, rest);
  });
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
