/** Bytes that a process with a cell needs, where nothing else is known: LAMM's steps on 1,000 classes of ViT-B/16 stay below. */
export const CELL_BYTES = 3 * 2 ** 30;

/** What a machine has. */
export interface MachineRoom {
  /** Cores of the processor. */
  readonly cores: number;
  /** Bytes of memory that are free. */
  readonly freeBytes: number;
  /** Bytes that a cell needs; {@link CELL_BYTES} if not given. */
  readonly cellBytes?: number;
}

/** Cells that a machine runs at a time: one a core, as long as memory holds them, and one in any case. */
export function jobsForMemory({ cores, freeBytes, cellBytes = CELL_BYTES }: MachineRoom): number {
  return Math.max(1, Math.min(Math.floor(cores), Math.floor(freeBytes / cellBytes)));
}
