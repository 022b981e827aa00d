import { z } from "zod";

/** Part of a JSON schema that says which values there are. */
export interface ValueSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ValueSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/**
 * What a value may be, in words, such as `a whole number from 1` or `end, middle, front`.
 *
 * @param schema a JSON schema
 */
export function describeValues(schema: ValueSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeValues).join(", or ");
  if (schema.enum !== undefined) return schema.enum.map(String).join(", ");
  if (schema.type === "boolean") return "true, false";
  if (schema.type === "integer" || schema.type === "number") return describeNumber(schema);
  if (schema.type === "object") return "an object";
  if (schema.type === "array") return "an array";
  return (schema.minLength ?? 0) > 0 ? "text that is not empty" : "text";
}

/** As {@link describeValues}, of what a Zod schema takes; `undefined` where JSON has no words for it. */
export function describeInput(schema: z.ZodType): string | undefined {
  try {
    return describeValues(z.toJSONSchema(schema, { io: "input" }) as ValueSchema);
  } catch {
    return undefined;
  }
}

function describeNumber({ type, minimum, maximum, exclusiveMinimum }: ValueSchema): string {
  const isWhole = type === "integer";
  const least = isWhole && exclusiveMinimum !== undefined ? exclusiveMinimum + 1 : minimum;
  const range = [
    // A schema of whole numbers has their largest and smallest as bounds where it has no others.
    ...(least !== undefined && least > Number.MIN_SAFE_INTEGER ? [`from ${least}`] : []),
    ...(!isWhole && exclusiveMinimum !== undefined ? [`above ${exclusiveMinimum}`] : []),
    ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? [`to ${maximum}`] : []),
  ];
  return [isWhole ? "a whole number" : "a number", ...range].join(" ");
}
