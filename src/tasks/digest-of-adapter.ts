import { createHash } from "node:crypto";
import type { Adapter } from "../training/adapter.ts";
import { serializeAdapter } from "../training/adapter-file.ts";

/**
 * A text that differs wherever the adapter does, or how it is used: 64 hexadecimal digits.
 *
 * @param use what is done with it, where that changes what comes of it
 */
export function digestOf(adapter: Adapter, use = ""): string {
  const hash = createHash("sha256").update(use);
  for (const piece of serializeAdapter(adapter)) hash.update(piece);
  return hash.digest("hex");
}
