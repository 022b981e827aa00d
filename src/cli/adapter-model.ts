import { isModelUnknown } from "../tasks/feature-source.ts";
import type { Adapter } from "../training/adapter.ts";
import type { CommonFlags } from "./options.ts";

/**
 * Flags of a command for an adapter: its own model where none is named. An adapter that was learned from features alone names
 * what these are from, which nothing can open.
 */
export function withModelOf<Flags extends CommonFlags>(flags: Flags, { baseModel }: Adapter): Flags {
  const model = flags.model ?? (isModelUnknown(baseModel) ? undefined : baseModel.id);
  return { ...flags, ...(model !== undefined && { model }) };
}
