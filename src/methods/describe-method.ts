import { z } from "zod";
import { describeValues, type ValueSchema } from "./describe-values.ts";
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
