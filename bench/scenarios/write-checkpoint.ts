import { writeRandomCheckpoint } from "../../scripts/random-checkpoint/write-random-checkpoint.ts";
import type { ClipConfig } from "../../src/clip/config.ts";
import type { Row } from "../row.ts";

/** A checkpoint for later scenarios. */
export interface WriteCheckpointScenario {
  readonly kind: "write-checkpoint";
  readonly folder: string;
  readonly config: ClipConfig;
}

/** Writes random weights in float32; measures nothing. */
export async function writeCheckpoint({ folder, config }: WriteCheckpointScenario): Promise<Row[]> {
  await writeRandomCheckpoint({ folder, config, layout: "hugging-face", dtype: "float32", seed: 1 });
  return [];
}
