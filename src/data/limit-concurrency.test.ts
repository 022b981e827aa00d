import fc from "fast-check";
import { expect, test } from "vitest";
import { limitConcurrency } from "./limit-concurrency.ts";

test("never works on more than the limit, starts in order, and gives every result", async () => {
  const failing = fc.array(fc.boolean(), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      failing,
      fc.scheduler(),
      async (limit, fails, scheduler) => {
        let running = 0;
        let most = 0;
        const started: number[] = [];
        const limited = limitConcurrency(limit, async (index: number) => {
          started.push(index);
          most = Math.max(most, ++running);
          await scheduler.schedule(Promise.resolve());
          running--;
          if (fails[index]) throw new Error(`fault ${index}`);
          return index * 10;
        });
        const results = Promise.allSettled(fails.map((_, index) => limited(index)));
        await scheduler.waitFor(results);
        expect(most).toBe(Math.min(limit, fails.length));
        expect(started).toEqual([...fails.keys()]);
        expect(await results).toEqual(
          fails.map((fail, index) =>
            fail
              ? { status: "rejected", reason: new Error(`fault ${index}`) }
              : { status: "fulfilled", value: index * 10 },
          ),
        );
      },
    ),
  );
});
