import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peakMemory } from "../../bench/peak-memory.ts";
import { type FeatureEntry, openFeatureCache } from "../../src/data/feature-cache.ts";
import { createStream, fillNormal } from "../random-checkpoint/fill-normal.ts";
import type { ScaleNumbers } from "./cell.ts";

/** A feature cache with many rows. */
export interface CacheScenario {
  readonly kind: "cache";
  readonly rows: number;
  /** D. */
  readonly width: number;
  /** Features that are put at a time, as the encoder does with its batches. */
  readonly batchSize: number;
  /** Features that are read again, all over the file. */
  readonly reads: number;
}

/** Rates of writing and reading features, and what the file takes a feature. */
export function measureCache({ rows, width, batchSize, reads }: CacheScenario): ScaleNumbers {
  const folder = mkdtempSync(join(tmpdir(), "lamm-scale-"));
  const onWarning = (message: string) => {
    throw new Error(message);
  };
  const open = () =>
    openFeatureCache({
      preprocessing: "scale",
      weightsHash: "0",
      file: join(folder, "features.sqlite"),
      onWarning,
    });
  try {
    const stream = createStream("features");
    const start = performance.now();
    const writing = open();
    for (let row = 0; row < rows; row += batchSize) {
      const count = Math.min(batchSize, rows - row);
      writing.put(Array.from({ length: count }, (_, i) => entryOf(row + i, width, stream)));
    }
    writing.close();
    const written = performance.now();
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const reading = open();
    let found = 0;
    for (let i = 0; i < reads; i++) {
      if (reading.get({ contentHash: hashOf((7919 * i) % rows), view: "centre" })) found++;
    }
    reading.close();
    if (found !== reads) throw new Error(`${reads - found} of ${reads} features are missing`);
    return {
      "file, MB": bytes / 1e6,
      "bytes a row": bytes / rows,
      "writes, rows/s": (1000 * rows) / (written - start),
      "reads, rows/s": (1000 * reads) / (performance.now() - written),
      "peak, MB": peakMemory(),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function entryOf(row: number, width: number, stream: ReturnType<typeof createStream>): FeatureEntry {
  const feature = new Float32Array(width);
  fillNormal(feature, stream, { mean: 0, deviation: 1 });
  return { contentHash: hashOf(row), view: "centre", feature };
}

/** A number's place among 64 hexadecimal digits, spread like a hash: neighbours are far apart. */
function hashOf(row: number): string {
  const spread = Math.imul(row, 0x9e3779b1) >>> 0;
  return (spread.toString(16).padStart(8, "0") + row.toString(16).padStart(8, "0")).repeat(4);
}
