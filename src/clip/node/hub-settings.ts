// Node only: reads the environment.
import { getHFHubCachePath, HUB_URL } from "@huggingface/hub";
import { ConfigError } from "../../errors.ts";

/** Where models come from and where they are kept, by the variables that Python's huggingface_hub reads too. */
export interface HubSettings {
  /** Address of the hub without a final slash: `HF_ENDPOINT`, or huggingface.co. */
  readonly endpoint: string;
  /** Access token for private and gated models: `HF_TOKEN`. */
  readonly token?: string;
  /** Whether to stay off the network: `HF_HUB_OFFLINE`. */
  readonly offline: boolean;
  /** Folder of the cache: `HF_HUB_CACHE`, or `hub` in `HF_HOME`, or in the user's cache folder. */
  readonly cache: string;
}

/** What huggingface_hub takes for true. */
const TRUE = new Set(["1", "ON", "YES", "TRUE"]);

/**
 * Reads the hub's settings from the environment.
 *
 * @throws {ConfigError} if the endpoint is no address or the token no token
 */
export function readHubSettings(): HubSettings {
  const { HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE = "" } = process.env;
  const endpoint = (HF_ENDPOINT || HUB_URL).replace(/\/+$/, "");
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new ConfigError({
      where: "HF_ENDPOINT",
      expected: `an address such as ${HUB_URL}`,
      got: `"${endpoint}"`,
    });
  }
  const token = HF_TOKEN?.trim();
  if (token && !token.startsWith("hf_")) {
    throw new ConfigError({
      where: "HF_TOKEN",
      expected: "an access token, which begins with hf_",
      got: "something else",
      fix: "Copy the token from your settings on the hub again.",
    });
  }
  const offline = TRUE.has(HF_HUB_OFFLINE.toUpperCase());
  return { endpoint, offline, cache: getHFHubCachePath(), ...(token ? { token } : {}) };
}
