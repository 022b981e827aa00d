import { LammError } from "../../src/errors.ts";

/**
 * One promise that an interface makes. Cases fail by throwing and need no test framework, so that the same list runs in Node
 * and in a page.
 */
export interface ContractCase<T> {
  readonly name: string;
  run(subject: T): Promise<void>;
}

/** What an implementation does not keep, and why. */
export interface ContractGap {
  readonly reason: string;
  /** Names of the cases that are left out. */
  readonly cases: readonly string[];
}

/** Why a case is left out; `undefined` where it is not. */
export function gapOf(name: string, gaps: readonly ContractGap[]): string | undefined {
  return gaps.find(({ cases }) => cases.includes(name))?.reason;
}

/** Throws unless two values are written alike as JSON. */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [actual, expected].map((value) =>
    JSON.stringify(value, (_key, part) => (typeof part === "bigint" ? `${part}n` : part)),
  );
  if (found !== wanted) throw new Error(`${what}: expected ${wanted}, got ${found}`);
}

/** Throws unless an action fails with an error of this library whose message fits. */
export async function checkFailure(
  action: () => Promise<unknown>,
  { code, message }: { code: string; message: string | RegExp },
): Promise<void> {
  let failure: unknown;
  try {
    await action();
  } catch (error) {
    failure = error;
  }
  if (!(failure instanceof LammError)) throw new Error(`expected a ${code}, got ${String(failure)}`);
  checkEqual(failure.code, code, "code");
  const fits = typeof message === "string" ? failure.message === message : message.test(failure.message);
  if (!fits) throw new Error(`expected the message ${message}, got ${failure.message}`);
}
