// Node only: reads the environment.

/** Folder of the data sets where none is named and the environment names none: below the working folder. */
const FALLBACK = "data";

/** Folder that holds the data sets' folders where none is named: `LAMM_DATA`, else `data`. */
export function defaultDataFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env.LAMM_DATA || FALLBACK;
}
