import { mkdirSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { writeFileAtomically } from "../../tensor/node/atomic-file.ts";

/** Milliseconds between two looks at a running cell's checkpoints. */
const COPY_INTERVAL = 2000;
/** Seconds that a checkpoint stays in Redis. */
const KEEP_SECONDS = 7 * 24 * 3600;
/** Most bytes of one cell's checkpoints that are copied: Redis keeps them in memory. */
const MAX_BYTES = 64 * 2 ** 20;
/** What may stand between a cell's key and the ending of its checkpoints' names: which training of the cell it is. */
const PART = /^(?:-[a-z0-9]+)*$/;
const ENDING = ".checkpoint";

/**
 * Copies checkpoints of running cells to Redis and back, so that a worker without a shared folder goes on where another one was killed.
 */
export interface CheckpointRelay {
  /** Writes what Redis has of a cell into the folder, in the place of what is there. */
  restore(key: string): Promise<void>;
  /**
   * Copies a cell's checkpoints whenever they change, from now on.
   *
   * @returns a function that ends it, after a last copy if asked for
   */
  follow(key: string): (copyLast: boolean) => Promise<void>;
  /** Forgets a cell that is done. */
  clear(key: string): Promise<void>;
}

/**
 * @param options `folder` is that of the checkpoints, `queue` the name in Redis; `onNotice` is told once of a cell that is too large
 */
export function createCheckpointRelay(
  client: Redis,
  options: {
    readonly queue: string;
    readonly folder: string;
    readonly onNotice: (notice: string) => void;
  },
): CheckpointRelay {
  const { queue, folder, onNotice } = options;
  const redisKey = (key: string) => `lamm-files:${queue}:checkpoint:${key}`;
  return {
    async restore(key) {
      const parts = await client.hgetallBuffer(redisKey(key));
      for (const [field, bytes] of Object.entries(parts)) {
        const part = field.slice(1);
        // What comes from other machines names a file.
        if (!PART.test(part)) continue;
        mkdirSync(folder, { recursive: true });
        writeFileAtomically(join(folder, `${key}${part}${ENDING}`), bytes);
      }
    },
    follow(key) {
      let state = "";
      const copy = async () => {
        const files = await listCheckpoints(folder, key);
        const now = JSON.stringify(files);
        if (now === state) return;
        const bytes = files.reduce((sum, file) => sum + file.size, 0);
        if (bytes <= MAX_BYTES) await copyFiles(client, redisKey(key), files);
        else onNotice(`checkpoints of a cell have ${Math.round(bytes / 1e6)} MB and are not copied to Redis`);
        state = now;
      };
      return keepDoing(copy);
    },
    async clear(key) {
      await client.del(redisKey(key));
    },
  };
}

/** Does something again and again, never twice at a time; the returned function ends that, after a last time if asked for. */
function keepDoing(action: () => Promise<void>): (last: boolean) => Promise<void> {
  let current: Promise<void> | undefined;
  const begin = () => {
    // A checkpoint is a convenience: what keeps it from being copied must not end the cell.
    current ??= action()
      .catch(() => {})
      .finally(() => {
        current = undefined;
      });
    return current;
  };
  const timer = setInterval(begin, COPY_INTERVAL);
  return async (last) => {
    clearInterval(timer);
    await current;
    if (last) await begin();
  };
}

interface CheckpointFile {
  readonly path: string;
  readonly part: string;
  readonly size: number;
  readonly changed: number;
}

async function listCheckpoints(folder: string, key: string): Promise<CheckpointFile[]> {
  const names = await readdir(folder).catch(() => []);
  const files: CheckpointFile[] = [];
  for (const name of names.sort()) {
    const part = name.slice(key.length, -ENDING.length);
    if (!name.startsWith(key) || !name.endsWith(ENDING) || !PART.test(part)) continue;
    const path = join(folder, name);
    const { size, mtimeMs } = await stat(path);
    files.push({ path, part, size, changed: mtimeMs });
  }
  return files;
}

/** Replaces what Redis has. */
async function copyFiles(client: Redis, key: string, files: readonly CheckpointFile[]): Promise<void> {
  const contents = await Promise.all(files.map(({ path }) => readFile(path)));
  const change = client.multi().del(key);
  // A hash's field may not be empty, a part may.
  files.forEach(({ part }, index) => {
    change.hset(key, `=${part}`, contents[index] ?? Buffer.alloc(0));
  });
  await change.expire(key, KEEP_SECONDS).exec();
}
