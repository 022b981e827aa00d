import type { EncodeOptions, UnreadablePicture } from "../tasks/encode-pictures.ts";
import type { OpenModelOptions } from "../tasks/open-model.ts";
import type { CommandIo } from "./io.ts";
import type { CommonFlags } from "./options.ts";
import { createProgress } from "./progress.ts";

/** What all commands share while they run: progress, notices, and Ctrl-C. */
export interface Session {
  readonly io: CommandIo;
  readonly modelOptions: OpenModelOptions;
  readonly encodeOptions: EncodeOptions & { readonly signal: AbortSignal };
  /** Ends progress lines and gives Ctrl-C back. */
  close(): void;
}

/** Starts a command's session as its flags say. */
export function openSession(io: CommandIo, flags: CommonFlags): Session {
  const warn = (message: string) => io.stderr(`lamm: ${message}\n`);
  const download = createProgress(io, "download");
  const encode = createProgress(io, "encode pictures");
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => {
    warn("stopping after this step; press Ctrl-C again to stop at once");
    abort.abort();
  });
  const { model, tokenizer, device, threads } = flags;
  return {
    io,
    modelOptions: {
      ...(model !== undefined && { model }),
      ...(tokenizer !== undefined && { tokenizer }),
      ...(device !== undefined && { device }),
      ...(threads !== undefined && { threads }),
      onProgress: ({ file, loadedBytes, totalBytes }) => download.update(loadedBytes, totalBytes, file),
    },
    encodeOptions: {
      signal: abort.signal,
      onEncode: ({ done, total }) => encode.update(done, total),
      onNotice: warn,
      ...(!flags.cache && { cache: false as const }),
    },
    close() {
      download.finish();
      encode.finish();
      stopListening();
    },
  };
}

/** Lists pictures that were skipped, at the end of a command. */
export function listUnreadable(io: CommandIo, unreadable: readonly UnreadablePicture[]): void {
  if (unreadable.length === 0) return;
  io.stderr(
    `\nSkipped ${unreadable.length} ${unreadable.length === 1 ? "picture that" : "pictures that"} could not be read:\n`,
  );
  for (const { path, reason } of unreadable) io.stderr(`  ${path}: ${reason}\n`);
}
