import { isModelUnknown } from "../tasks/feature-source.ts";
import type { Adapter } from "../training/adapter.ts";
import { quote } from "./quote.ts";

/** Commands to go on with once an adapter is written; one that knows no model cannot classify pictures. */
export function tryIt({
  out,
  folder,
  adapter,
}: {
  readonly out: string;
  readonly folder: string;
  readonly adapter: Adapter;
}): string {
  const predict = isModelUnknown(adapter.baseModel) ? "" : `  lamm predict ${quote(out)} <picture>...\n`;
  return `\nTry it:\n${predict}  lamm evaluate ${quote(out)} ${quote(folder)}\n`;
}
