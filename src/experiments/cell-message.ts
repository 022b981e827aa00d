import type { ErrorDetails } from "../errors.ts";
import type { Cell } from "./cell.ts";
import type { CellPlaces } from "./cell-context.ts";
import type { CellResult } from "./cell-run.ts";

/** What a process that runs cells is sent. */
export type CellRequest =
  | { readonly kind: "open"; readonly places: CellPlaces }
  | { readonly kind: "run"; readonly id: number; readonly cell: Cell; readonly key: string }
  | { readonly kind: "stop"; readonly id: number };

/** What it sends back: how far a cell is, or what it came to, nothing where it was stopped. */
export type CellAnswer =
  | { readonly kind: "progress"; readonly id: number; readonly share: number }
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "result"; readonly id: number; readonly result: CellResult | null }
  | {
      readonly kind: "failure";
      readonly id: number;
      readonly code: string;
      readonly details: Omit<ErrorDetails, "cause">;
    };
