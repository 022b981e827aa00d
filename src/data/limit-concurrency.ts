/**
 * Lets an asynchronous function work on a few arguments at a time; further calls wait and are taken up in the order in which
 * they come. A failed call makes room like any other.
 *
 * @param limit calls at a time, from 1
 * @returns the function, with the same results
 */
export function limitConcurrency<Argument, Result>(
  limit: number,
  work: (argument: Argument) => Promise<Result>,
): (argument: Argument) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (argument) => {
    if (running < limit) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work(argument);
    } finally {
      // The place is handed on, so that no newcomer gets in between.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
