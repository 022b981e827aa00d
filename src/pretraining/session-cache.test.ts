import { describe, expect, test } from "vitest";
import type { Session } from "../runtime/runtime.ts";
import { createSessionCache } from "./session-cache.ts";

/** Sessions that note in `events` what happens to them. */
function createLoader() {
  const events: string[] = [];
  const loaderOf = (key: number) => async (): Promise<Session> => {
    events.push(`load ${key}`);
    return {
      run: async () => ({}),
      release: async () => {
        events.push(`release ${key}`);
      },
    };
  };
  return { events, loaderOf };
}

describe("a cache of two sessions", () => {
  test("loads each of them once", async () => {
    const { events, loaderOf } = createLoader();
    const cache = createSessionCache(2);
    const first = await cache.get(6, loaderOf(6));
    const second = await cache.get(12, loaderOf(12));
    expect(await cache.get(6, loaderOf(6))).toBe(first);
    expect(await cache.get(12, loaderOf(12))).toBe(second);
    expect(events).toEqual(["load 6", "load 12"]);
  });

  test("releases the one not used for longest before it loads another", async () => {
    const { events, loaderOf } = createLoader();
    const cache = createSessionCache(2);
    for (const key of [6, 12, 6, 18, 6, 12]) await cache.get(key, loaderOf(key));
    expect(events).toEqual(["load 6", "load 12", "release 12", "load 18", "release 18", "load 12"]);
  });

  test("releases all at the end, once", async () => {
    const { events, loaderOf } = createLoader();
    const cache = createSessionCache(2);
    await cache.get(6, loaderOf(6));
    await cache.get(12, loaderOf(12));
    await cache.release();
    await cache.release();
    expect(events).toEqual(["load 6", "load 12", "release 6", "release 12"]);
  });

  test("does not keep a load that failed", async () => {
    const { events, loaderOf } = createLoader();
    const cache = createSessionCache(2);
    const fail = () => Promise.reject(new Error("no memory"));
    await expect(cache.get(6, fail)).rejects.toThrow("no memory");
    await cache.get(6, loaderOf(6));
    await cache.release();
    expect(events).toEqual(["load 6", "release 6"]);
  });
});
