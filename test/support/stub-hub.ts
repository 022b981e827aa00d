import { join } from "node:path";
import { vi } from "vitest";
import type { HubServer } from "./hub-server.ts";

/** Variables of the hub and of proxies that a test must not have from outside. */
const UNSET = [
  "HF_HUB_CACHE",
  "HUGGINGFACE_HUB_CACHE",
  "HF_TOKEN",
  "HF_HUB_OFFLINE",
  "HTTPS_PROXY",
  "https_proxy",
];

/** Makes a stand-in the hub of this process, with its caches below `home`, until `vi.unstubAllEnvs()`. */
export function stubHub({ endpoint }: HubServer, home: string): void {
  for (const name of UNSET) vi.stubEnv(name, undefined);
  vi.stubEnv("HF_ENDPOINT", endpoint);
  vi.stubEnv("HF_HOME", home);
  vi.stubEnv("LAMM_CACHE", join(home, "lamm"));
}
