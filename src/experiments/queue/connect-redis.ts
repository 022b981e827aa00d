import { Redis } from "ioredis";
import { StorageError } from "../../errors.ts";
import type { QueueAddress } from "./queue-address.ts";

/** Milliseconds after which an address that does not answer is given up at the start. */
const CONNECT_TIMEOUT = 5000;
/** Milliseconds between tries to connect again, at first and at most. */
const [FIRST_RETRY, LAST_RETRY] = [100, 1000];

/** A connection that comes back by itself; commands wait meanwhile. */
export interface RedisLink {
  readonly client: Redis;
  /** Whether Redis cannot be reached now. */
  isAway(): boolean;
  /** Closes it; commands that wait fail. */
  close(): void;
}

/**
 * Connects to a Redis.
 *
 * @param onNotice called with a sentence where it cannot be reached any more, and where it is back
 * @throws {StorageError} if it cannot be reached at first, or lets nobody in
 */
export async function connectRedis(
  { url, label }: QueueAddress,
  onNotice: (notice: string) => void,
): Promise<RedisLink> {
  let state: "opening" | "open" | "away" | "closed" = "opening";
  let problem = "";
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT,
    // As BullMQ's workers ask for: a command waits for the connection, however long that takes.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (state === "opening" ? null : Math.min(times * FIRST_RETRY, LAST_RETRY)),
  });
  client.on("error", ({ message, code }: NodeJS.ErrnoException) => {
    problem = message || (code ?? "");
  });
  client.on("close", () => {
    if (state !== "open") return;
    state = "away";
    onNotice(`Redis at ${label} cannot be reached; waiting for it`);
  });
  client.on("ready", () => {
    if (state === "away") onNotice(`Redis at ${label} is back`);
    if (state !== "closed") state = "open";
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    client.disconnect();
    throw refusal(label, problem || (error instanceof Error ? error.message : String(error)));
  }
  return {
    client,
    isAway: () => state === "away",
    close() {
      state = "closed";
      client.disconnect();
    },
  };
}

/** What Redis says of users, in fewer words. */
const USER_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/NOAUTH/, "asked for a password"],
  [/WRONGPASS/, "told that user or password are wrong"],
  [/NOPERM/, "told that this user may not"],
];

/** The error of a Redis that cannot be used; without its cause, which holds the password. */
function refusal(label: string, problem: string): StorageError {
  const where = `Redis at ${label}`;
  const ofUser = USER_PROBLEMS.find(([pattern]) => pattern.test(problem));
  if (ofUser !== undefined) {
    const fix = "Put user and password into the address: redis://user:password@host.";
    return new StorageError({ where, expected: "to be let in", got: ofUser[1], fix });
  }
  const fix = "Start redis-server there, or name another address with --queue.";
  return new StorageError({ where, expected: "an answer", got: problem, fix });
}
