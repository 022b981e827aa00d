import { ConfigError } from "../../errors.ts";

/** Where a queue is. */
export interface QueueAddress {
  /** With the password, if there is one: never to be printed. */
  readonly url: string;
  /** Host and port, such as `localhost:6379`, to be printed. */
  readonly label: string;
}

/** Environment variable with the address: unlike an argument, other users of the machine cannot see it. */
export const QUEUE_VARIABLE = "LAMM_QUEUE";

const FORM = "an address such as redis://localhost:6379, with rediss:// for an encrypted connection";
const DEFAULT_PORT = "6379";

/**
 * Parses the address of a Redis.
 *
 * @param text as it was given; `true` where only the option was, which stands for the environment variable
 * @throws {ConfigError} if it is not one; the message shows no password
 */
export function parseQueueAddress(
  text: string | true,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): QueueAddress {
  const address = text === true ? environment[QUEUE_VARIABLE] : text;
  if (address === undefined || address === "") {
    throw new ConfigError({
      where: "--queue",
      expected: `${FORM}, here or in ${QUEUE_VARIABLE}`,
      got: "none",
    });
  }
  const url = URL.parse(address);
  if (url === null || !["redis:", "rediss:"].includes(url.protocol) || url.hostname === "") {
    throw new ConfigError({ where: "--queue", expected: FORM, got: JSON.stringify(shown(address)) });
  }
  return { url: address, label: `${url.hostname}:${url.port || DEFAULT_PORT}` };
}

/** A text without what stands before the host of an address in it, and without passwords behind it. */
export function hidePassword(text: string): string {
  return text.replace(/([a-z]+:\/\/)\S*@/, "$1***@").replace(/(\bpassword=)[^&\s]*/gi, "$1***");
}

/** As {@link hidePassword}, of a text that should have been an address: what is before the host may be a password. */
function shown(text: string): string {
  return text.includes("://") ? hidePassword(text) : text.replace(/^.*@/s, "***@");
}
