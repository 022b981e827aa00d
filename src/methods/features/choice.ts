import { z } from "zod";

/** The option that several methods have for the factor of all logits. */
export const scaleOption = z
  .number()
  .positive()
  .optional()
  .describe("factor of all logits, which moves no prediction; chosen for the probabilities if not given");

/** Some of the settings `T`. */
export type Given<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** The settings that are given, and the defaults of the others. */
export function withDefaults<T extends object>(given: Given<NoInfer<T>>, defaults: T): T {
  const entries = Object.entries(defaults).map(([name, value]) => [name, given[name as keyof T] ?? value]);
  return Object.fromEntries(entries) as T;
}
