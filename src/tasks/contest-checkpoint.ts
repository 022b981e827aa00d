import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { parseAdapter, serializeAdapter } from "../training/adapter-file.ts";
import { createCheckpointFile } from "../training/node/checkpoint-file.ts";
import { resolveTrainConfig, type TrainConfig } from "../training/train-config.ts";
import type { Contest, Entry } from "./contest.ts";
import { ownWords } from "./own-words.ts";
import { runIdentity } from "./run-identity.ts";

/** What was measured of methods before a comparison was stopped. */
export interface KeptEntries {
  /** What is known of a method with these settings. */
  find(config: TrainConfig): Entry | undefined;
  add(entry: Entry): void;
  clear(): void;
}

/** Kept where there is no file: nothing. */
const NOTHING: KeptEntries = { find: () => undefined, add: () => undefined, clear: () => undefined };

/**
 * Opens what an earlier, stopped comparison of the same pictures kept. A file of other pictures, or another split, is not continued.
 *
 * @returns `undefined` where the signal stopped it
 */
export async function openEntries(contest: Contest): Promise<KeptEntries | undefined> {
  const { source, options, supports } = contest;
  const { checkpoint, onNotice, folds, config: common = {} } = options;
  if (checkpoint === undefined) return NOTHING;
  const config = resolveTrainConfig({ ...common, method: "lamm" });
  const support = await supports.of(config);
  if (support === undefined) return undefined;
  const tested = source.testPart.pictures.map(({ path, label }) => [path, label]);
  const words = ownWords(source, common.template);
  const run = runIdentity({ source, config, data: support.data, words }) + JSON.stringify({ folds, tested });
  const store = createCheckpointFile(checkpoint, run, onNotice);
  const kept = new Map<string, Record<string, Tensor>>();
  for (const [name, tensor] of Object.entries(store.load() ?? {})) {
    const [key = "", part = ""] = splitLast(name);
    kept.set(key, { ...kept.get(key), [part]: tensor });
  }
  return {
    find: (wanted) => readEntry(wanted, kept.get(keyOf(wanted))),
    add(entry) {
      kept.set(keyOf(entry.config), writeEntry(entry));
      const state = [...kept].flatMap(([key, parts]) =>
        Object.entries(parts).map(([part, tensor]) => [`${key} ${part}`, tensor] as const),
      );
      store.save(Object.fromEntries(state));
    },
    clear: () => store.clear(),
  };
}

const keyOf = (config: TrainConfig) => JSON.stringify(config);

/** Text before the last space, and behind it. */
function splitLast(name: string): [string, string] {
  const at = name.lastIndexOf(" ");
  return [name.slice(0, at), name.slice(at + 1)];
}

const textTensor = (text: string) => {
  const bytes = new TextEncoder().encode(text);
  return createTensor("uint8", [bytes.length], bytes);
};

function writeEntry({ result, folds, logits, adapter }: Entry): Record<string, Tensor> {
  const bytes = adapter && Buffer.concat(serializeAdapter(adapter));
  return {
    result: textTensor(JSON.stringify({ result, folds })),
    ...(logits && { logits }),
    ...(bytes && { adapter: createTensor("uint8", [bytes.length], new Uint8Array(bytes)) }),
  };
}

function readEntry(config: TrainConfig, parts: Record<string, Tensor> | undefined): Entry | undefined {
  if (parts?.result === undefined) return undefined;
  const { result, folds } = JSON.parse(new TextDecoder().decode(parts.result.data as Uint8Array));
  const { logits, adapter } = parts;
  return {
    config,
    result,
    ...(folds !== undefined && { folds }),
    ...(logits && { logits: logits as Tensor<"float32"> }),
    ...(adapter && { adapter: parseAdapter("kept adapter", adapter.data as Uint8Array) }),
  };
}
