// Node only: explains the hub's answers.
import { HubApiError } from "@huggingface/hub";
import { ConfigError, LammError, StorageError } from "../../errors.ts";
import type { HubSettings } from "./hub-settings.ts";

/** What was asked of the hub. */
export interface HubRequest {
  readonly repository: string;
  readonly revision: string;
}

const ADD_TOKEN = "set HF_TOKEN to an access token of an account that may read it";

/**
 * The error of a request to the hub that failed, with what to do about it.
 *
 * @param cause what the request threw; this library's own errors are given back as they are
 */
export function hubErrorOf(
  { repository, revision }: HubRequest,
  settings: HubSettings,
  cause: unknown,
): LammError {
  if (cause instanceof LammError) return cause;
  const where = `model "${repository}"`;
  const status = cause instanceof HubApiError ? cause.statusCode : undefined;
  const page = `${settings.endpoint}/${repository}`;
  if (status === 401) {
    // The hub does not tell strangers whether a model exists.
    const fix =
      settings.token === undefined
        ? `Check the name; if the model is private or gated, ${ADD_TOKEN}.`
        : "Check the name, and that the token in HF_TOKEN is valid and may read this model.";
    return new ConfigError({
      where,
      expected: "a model that may be read",
      got: "an unknown one, or no permission (401)",
      fix,
      cause,
    });
  }
  if (status === 403) {
    return new ConfigError({
      where,
      expected: "a model that may be read",
      got: "a gated one, or no permission (403)",
      fix: `Accept its terms at ${page}, and ${ADD_TOKEN}.`,
      cause,
    });
  }
  if (status === 404) {
    const got = `none of that name with revision "${revision}" (404)`;
    return new ConfigError({
      where,
      expected: "a model on the hub",
      got,
      fix: "Check name and revision.",
      cause,
    });
  }
  const got = status === undefined ? describeCause(cause) : `an answer with status ${status}`;
  const fix =
    "Check the network and try again, or use a model that is in the cache, or a local folder. " +
    "HF_ENDPOINT names another hub.";
  return new StorageError({ where, expected: `an answer from ${settings.endpoint}`, got, fix, cause });
}

/** `fetch` says only "fetch failed"; why is in its cause. */
function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === "TimeoutError") return "none in time";
  if (cause instanceof SyntaxError) return "something that is no JSON, such as a network's log-in page";
  return cause.cause instanceof Error && cause.cause.message !== "" ? cause.cause.message : cause.message;
}
