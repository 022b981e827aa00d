// Node only: knows the user's folders.
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Folder of what the library may compute again: `LAMM_CACHE` where it is set, else `lamm` in the user's cache folder
 * (`XDG_CACHE_HOME`, or `.cache` in the home folder). It need not exist.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { LAMM_CACHE, XDG_CACHE_HOME } = environment;
  // An empty variable counts as not set, as in the XDG specification.
  return LAMM_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "lamm");
}
