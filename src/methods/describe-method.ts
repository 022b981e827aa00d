import { z } from "zod";
import type { Method } from "./method.ts";

/** An option of a method. */
export interface OptionDescription {
  readonly name: string;
  readonly description: string;
  /** What it may be, in words. */
  readonly values: string;
  /** Absent where the description says what it is without being given. */
  readonly default?: unknown;
}

/** A method as lists of methods show it. */
export interface MethodDescription {
  /** As on the command line and in adapter files. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Paper and address. */
  readonly source: string;
  /** `pictures` where it trains through the image tower, else `features`, which files of features have as well. */
  readonly needs: "pictures" | "features";
  /** Whether it works on features alone, with nothing learned in a tower. */
  readonly kind: Method["kind"];
  /** Schedules that it can be trained by, its default first; none for methods that are fitted at once. */
  readonly schedules: readonly string[];
  /** Its own options, besides those of every training. */
  readonly options: readonly OptionDescription[];
}

/** Part of a JSON schema that says which values there are. */
interface ValueSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ValueSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** Describes a method by what it says of itself; its options by their schema. */
export function describeMethod(method: Method): MethodDescription {
  const { name, title, description, source, kind } = method;
  const isOfPictures = method.kind === "prompts" && (method.promptsImageTower ?? false);
  const schema = z.toJSONSchema(method.options, { io: "input" });
  const properties = Object.entries((schema.properties ?? {}) as Record<string, ValueSchema>);
  return {
    ...{ name, title, description, source, kind },
    needs: isOfPictures ? "pictures" : "features",
    schedules: method.kind === "prompts" ? method.schedules : [],
    options: properties.map(([option, value]) => ({
      name: option,
      description: value.description ?? "",
      values: describeValues(value),
      ...(value.default !== undefined && { default: value.default }),
    })),
  };
}

function describeValues(schema: ValueSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeValues).join(", or ");
  if (schema.enum !== undefined) return schema.enum.map(String).join(", ");
  if (schema.type === "boolean") return "true, false";
  if (schema.type === "integer" || schema.type === "number") return describeNumber(schema);
  return "text";
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
