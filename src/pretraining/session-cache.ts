import type { Session } from "../runtime/runtime.ts";

/** Loaded graphs by the number that tells them apart. Calls must not overlap. */
export interface SessionCache {
  /** The graph of a number, loaded where it is not kept. */
  get(key: number, load: () => Promise<Session>): Promise<Session>;
  /** Releases all graphs. */
  release(): Promise<void>;
}

/**
 * Keeps the graphs used last.
 *
 * @param limit graphs that are kept; the one not used for longest is released before another is loaded
 */
export function createSessionCache(limit: number): SessionCache {
  // In the order of their last use.
  const sessions = new Map<number, Session>();
  return {
    async get(key, load) {
      const [oldest] = sessions;
      if (!sessions.has(key) && sessions.size >= limit && oldest !== undefined) {
        const [oldestKey, session] = oldest;
        sessions.delete(oldestKey);
        await session.release();
      }
      const session = sessions.get(key) ?? (await load());
      sessions.delete(key);
      sessions.set(key, session);
      return session;
    },
    async release() {
      const held = [...sessions.values()];
      sessions.clear();
      for (const session of held) await session.release();
    },
  };
}
