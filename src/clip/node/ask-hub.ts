// Node only: asks the hub.
import { modelInfo } from "@huggingface/hub";
import { StorageError } from "../../errors.ts";
import { type HubRequest, hubErrorOf } from "./hub-errors.ts";
import type { HubSettings } from "./hub-settings.ts";

const COMMIT = /^[0-9a-f]{40}$/;

/** What the hub library's functions take to reach the hub of the settings. */
export interface HubAccess {
  readonly hubUrl: string;
  readonly accessToken?: string;
  readonly fetch: typeof fetch;
}

/**
 * Access to the hub with a limit on how long each answer may take.
 *
 * @param timeout milliseconds until an answer has to be there, all of it
 */
export function accessHub({ endpoint, token }: HubSettings, timeout: number): HubAccess {
  return {
    hubUrl: endpoint,
    ...(token === undefined ? {} : { accessToken: token }),
    fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(timeout) }),
  };
}

/**
 * Asks the hub for the newest commit of a model's branch.
 *
 * @param timeout milliseconds until the answer has to be there
 * @returns 40 hexadecimal digits
 * @throws {ConfigError} if the hub has no such model, or does not give it
 * @throws {StorageError} if there is no answer, or not one of a hub
 */
export async function askHub(model: HubRequest, settings: HubSettings, timeout: number): Promise<string> {
  const { repository: name, revision } = model;
  try {
    const access = accessHub(settings, timeout);
    const { sha: commit } = await modelInfo({ name, revision, additionalFields: ["sha"], ...access });
    if (!COMMIT.test(commit)) throw malformedAnswer(model, `commit "${commit}"`);
    return commit;
  } catch (cause) {
    throw hubErrorOf(model, settings, cause);
  }
}

/** The error of an answer that no hub gives. */
export function malformedAnswer({ repository }: HubRequest, got: string): StorageError {
  return new StorageError({
    where: `model "${repository}"`,
    expected: "an answer as the hub gives",
    got,
    fix: "Check HF_ENDPOINT.",
  });
}
