import type { DownloadProgress } from "../clip/node/hub-download.ts";
import type { CommandIo } from "./io.ts";
import { createProgress, formatBytes } from "./progress.ts";

/** A progress line of downloads. */
export interface DownloadLine {
  update(progress: DownloadProgress): void;
  /** Ends the line. */
  finish(): void;
}

/** Shows downloads. Where several processes fetch one file, it is as far as the one that has the most of it. */
export function createDownloadLine(io: CommandIo): DownloadLine {
  const line = createProgress(io, "download", { format: formatBytes });
  const furthest = new Map<string, number>();
  return {
    update({ file, loadedBytes, totalBytes }) {
      // Models have files of the same names.
      const name = `${totalBytes} ${file}`;
      if (loadedBytes <= (furthest.get(name) ?? -1)) return;
      furthest.set(name, loadedBytes);
      line.update(loadedBytes, totalBytes, file);
    },
    finish: () => line.finish(),
  };
}
