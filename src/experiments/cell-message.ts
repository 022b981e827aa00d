import type { DownloadProgress } from "../clip/node/hub-download.ts";
import type { ErrorDetails } from "../errors.ts";
import type { Cell, Ingredients } from "./cell.ts";
import type { CellPlaces } from "./cell-context.ts";
import type { CellResult } from "./cell-run.ts";
import type { PictureChunk } from "./encode-chunk.ts";

/** A cell for a process. */
export interface CellTask {
  readonly cell: Cell;
  readonly key: string;
  /** What the key was made of, where that is known: an error can say then what differs here. */
  readonly planned?: Ingredients;
}

/** Pictures for a process to encode. */
export interface EncodeTask {
  readonly chunk: PictureChunk;
  readonly planned: Ingredients;
}

/** What a process that runs cells is sent. */
export type CellRequest =
  | { readonly kind: "open"; readonly places: CellPlaces }
  | ({ readonly kind: "run"; readonly id: number } & CellTask)
  | ({ readonly kind: "encode"; readonly id: number } & EncodeTask)
  | { readonly kind: "stop"; readonly id: number };

/** What it sends back: that it has begun with something, how far it is, or what it came to (features as base64), nothing where it was stopped. */
export type CellAnswer =
  | { readonly kind: "begun"; readonly id: number }
  | { readonly kind: "progress"; readonly id: number; readonly share: number }
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "download"; readonly progress: DownloadProgress }
  | { readonly kind: "result"; readonly id: number; readonly result: CellResult | string | null }
  | {
      readonly kind: "failure";
      readonly id: number;
      readonly code: string;
      readonly details: Omit<ErrorDetails, "cause">;
    };
