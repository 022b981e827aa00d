import { InvalidArgumentError, Option } from "commander";
import { QUEUE_VARIABLE } from "../experiments/queue/queue-address.ts";

/** Queue that is used where none is named. */
const DEFAULT_QUEUE = "lamm";

/** `--queue`; the address is parsed when it is used, since Commander's errors would show its password. */
export function queueOption(description: string): Option {
  const where = `a redis:// address, that in ${QUEUE_VARIABLE} if left out`;
  return new Option("--queue [url]", `${description} (${where})`);
}

/** `--queue-name`. */
export function queueNameOption(): Option {
  return new Option("--queue-name <name>", "of several queues on one Redis")
    .default(DEFAULT_QUEUE)
    .argParser((value) => {
      if (/^[A-Za-z0-9._-]{1,100}$/.test(value)) return value;
      throw new InvalidArgumentError("Expected letters, digits, points, underscores and hyphens.");
    });
}
