import { isFeatureFile } from "../data/feature-file.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { EncodeOptions, UnreadablePicture } from "../tasks/encode-pictures.ts";
import { type OpenModel, openModel } from "../tasks/open-model.ts";
import { openPictureSource } from "../tasks/open-picture-source.ts";
import type { PictureSource, SourceModel } from "../tasks/picture-source.ts";
import type { CommandContext } from "./command-context.ts";
import { abortOnInterrupt, tellHowToGoOn } from "./interruption.ts";
import type { CommandIo } from "./io.ts";
import type { CommonFlags } from "./options.ts";
import { createProgress, formatBytes, type Progress } from "./progress.ts";

/** What all commands share while they run: the model, progress, notices, and Ctrl-C. */
export interface Session {
  readonly io: CommandIo;
  readonly encodeOptions: EncodeOptions & { readonly signal: AbortSignal };
  /** Progress of the training. */
  readonly training: Progress;
  /** Opens the model that the flags name. From then on Ctrl-C ends the work in an orderly way. */
  openModel(): Promise<OpenModel>;
  /** Opens labelled pictures, and the model that the flags name; of a file of features only where they do. */
  openSource(path: string): Promise<PictureSource>;
  /** Opens what pictures at a path need: the model that the flags name, or for a file of features without one a runtime alone. */
  openFor(path: string): Promise<SourceModel>;
  /** Says what is kept after Ctrl-C, all that is done if not given, and how to go on; gives the exit code. */
  stopped(kept?: string): number;
  /** Ends progress lines and gives Ctrl-C back. */
  close(): void;
}

/** Starts a command's session as its flags say. */
export function openSession(context: CommandContext, flags: CommonFlags): Session {
  const { io, argv, modelsFolder } = context;
  const download = createProgress(io, "download", { format: formatBytes });
  const encode = createProgress(io, "encode pictures");
  const training = createProgress(io, "train");
  const endLines = () => {
    for (const progress of [download, encode, training]) progress.finish();
  };
  const warn = (message: string) => {
    endLines();
    io.stderr(`lamm: ${message}\n`);
  };
  const abort = new AbortController();
  let stopListening = () => {};
  let opened: OpenModel | undefined;
  const { model, tokenizer, device, threads } = flags;
  const listen = () => {
    // Not before: Ctrl-C ends a download at once, as it goes on where it was anyway.
    stopListening = abortOnInterrupt(context, abort, { until: "this step", warn });
  };
  const session: Session = {
    io,
    training: {
      ...training,
      update(done, total, note) {
        encode.finish();
        training.update(done, total, note);
      },
    },
    encodeOptions: {
      signal: abort.signal,
      onEncode: ({ done, total }) => encode.update(done, total),
      onNotice: warn,
      ...(!flags.cache && { cache: false as const }),
    },
    async openModel() {
      opened = await openModel({
        ...(model !== undefined && { model }),
        ...(tokenizer !== undefined && { tokenizer }),
        ...(device !== undefined && { device }),
        ...(threads !== undefined && { threads }),
        ...(modelsFolder !== undefined && { modelsFolder }),
        onNotice: warn,
        onProgress: ({ file, loadedBytes, totalBytes }) => download.update(loadedBytes, totalBytes, file),
      });
      download.finish();
      listen();
      return opened;
    },
    async openSource(path) {
      return openPictureSource(await session.openFor(path), path);
    },
    async openFor(path) {
      if (!isFeatureFile(path) || model !== undefined) return session.openModel();
      const runtime = createNodeRuntime({
        ...(device !== undefined && { device }),
        ...(threads !== undefined && { threads }),
      });
      listen();
      return { runtime };
    },
    stopped(kept) {
      const [command = "", ...rest] = argv;
      // Without a name another model may be chosen next time, which cannot go on where this one stopped.
      const chosen = model === undefined && opened !== undefined ? ["--model", opened.baseModel.id] : [];
      return tellHowToGoOn(context, [command, ...chosen, ...rest], kept);
    },
    close() {
      endLines();
      stopListening();
    },
  };
  return session;
}

/** Lists pictures that were skipped, at the end of a command. */
export function listUnreadable(io: CommandIo, unreadable: readonly UnreadablePicture[]): void {
  if (unreadable.length === 0) return;
  io.stderr(
    `\nSkipped ${unreadable.length} ${unreadable.length === 1 ? "picture that" : "pictures that"} could not be read:\n`,
  );
  for (const { path, reason } of unreadable) io.stderr(`  ${path}: ${reason}\n`);
}
