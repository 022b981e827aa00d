import type { TableBlock } from "./report-document.ts";

/** A table's caption with what its marks mean. */
export function fullCaption({ caption, note }: TableBlock): string {
  return note === undefined ? caption : `${caption} ${note}`;
}
