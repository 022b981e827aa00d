// Node only: knows the user's folders.
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Folder of what the library may compute again: `LAMM_CACHE` where it is set, else `lamm` in the user's cache folder. That is
 * `XDG_CACHE_HOME` where it is set, else the platform's usual one: `Library/Caches` in the home folder on macOS,
 * `LOCALAPPDATA` on Windows, `.cache` in the home folder on others. It need not exist.
 */
export function cacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { LAMM_CACHE, XDG_CACHE_HOME } = environment;
  // An empty variable counts as not set, as in the XDG specification.
  return LAMM_CACHE || join(XDG_CACHE_HOME || usualFolder(environment, platform), "lamm");
}

function usualFolder({ LOCALAPPDATA }: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === "darwin") return join(homedir(), "Library", "Caches");
  if (platform === "win32") return LOCALAPPDATA || join(homedir(), "AppData", "Local");
  return join(homedir(), ".cache");
}
