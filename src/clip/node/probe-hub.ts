// Node only: asks the hub.
import type { LammError } from "../../errors.ts";
import { askHub } from "./ask-hub.ts";
import { hubErrorOf } from "./hub-errors.ts";
import type { HubModel } from "./hub-files.ts";
import { readHubSettings } from "./hub-settings.ts";

/** Milliseconds after which a hub that has not answered counts as out of reach. */
const PROBE_TIMEOUT = 3_000;

/** What came of asking the hub for a model, without downloading anything. */
export type HubProbe =
  /** It has the model, and gives it. */
  | { readonly outcome: "answers"; readonly milliseconds: number }
  /** `HF_HUB_OFFLINE` is set: it was not asked. */
  | { readonly outcome: "offline" }
  /** It cannot be reached, or does not give the model. */
  | { readonly outcome: "fails"; readonly error: LammError };

/**
 * Asks the hub whether it gives a model, and not for long.
 *
 * @param timeout milliseconds until the answer has to be there, 3,000 if not given
 * @throws {ConfigError} if the settings of the hub are wrong
 */
export async function probeHub(model: HubModel, timeout = PROBE_TIMEOUT): Promise<HubProbe> {
  const settings = readHubSettings();
  if (settings.offline) return { outcome: "offline" };
  const started = performance.now();
  try {
    await askHub(model, settings, timeout);
    return { outcome: "answers", milliseconds: performance.now() - started };
  } catch (cause) {
    return { outcome: "fails", error: hubErrorOf(model, settings, cause) };
  }
}
