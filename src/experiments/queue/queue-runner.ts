import { Queue } from "bullmq";
import type { CellContext } from "../cell-context.ts";
import type { PlannedRow } from "../plan-grid.ts";
import type { CellRunner } from "../run-grid.ts";
import { connectRedis } from "./connect-redis.ts";
import { createFeatureStore } from "./feature-store.ts";
import { createJobBoard } from "./job-board.ts";
import type { QueueAddress } from "./queue-address.ts";
import { type CellJob, JOB_PREFIX, parseResult, queueKey, withoutDataFolder } from "./queue-job.ts";
import { createFeatureSharing } from "./share-features.ts";

/** Cells that are in the queue at a time: more than there are workers, and few enough to be looked at twice a second. */
const WINDOW = 200;

/** Where cells are handed out, and which. */
export interface QueueRunnerOptions {
  readonly address: QueueAddress;
  /** Name of the queue; only workers of that queue take its cells. */
  readonly name: string;
  readonly context: CellContext;
  /** All that it will be asked to run: pictures are encoded for all of them at once. */
  readonly rows: readonly PlannedRow[];
  /** Called with a sentence that the user may want to know. */
  readonly onNotice: (notice: string) => void;
}

/**
 * Hands cells to workers on any number of machines, over BullMQ on Redis. Each cell is a job with its key as id: the same cell of several
 * grids is run once. The results come back here and are kept by whoever asked for them.
 *
 * @throws {StorageError} if Redis cannot be reached
 */
export async function createQueueRunner(options: QueueRunnerOptions): Promise<CellRunner> {
  const { address, name, context, rows, onNotice } = options;
  const link = await connectRedis(address, onNotice);
  const queue = new Queue(queueKey(name), { connection: link.client, prefix: JOB_PREFIX });
  // The connection tells by itself where it is lost and found again.
  queue.on("error", () => {});
  const board = createJobBoard(queue, onNotice);
  const store = createFeatureStore(link.client, queueKey(name));
  const cells = rows.map(({ cell }) => cell);
  const featuresOf = createFeatureSharing({ board, store, context, cells, onNotice });
  return {
    concurrency: WINDOW,
    running: () => board.running(),
    async run({ cell, key }, { signal }) {
      const planned = await context.ingredients(cell);
      const featureSets = await featuresOf(cell, signal);
      if (featureSets === undefined) return undefined;
      const data: CellJob = {
        ...{ key, planned, featureSets },
        cell: withoutDataFolder(cell, context.places.data),
        refusals: {},
      };
      const result = await board.run({ id: `cell-${key}`, name: "cell", data }, signal);
      return result === undefined ? undefined : parseResult(result);
    },
    async close() {
      board.close();
      link.close();
    },
  };
}
