// Node only: reads and writes files.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseSafetensors } from "../../clip/checkpoint/safetensors.ts";
import { writeSafetensors } from "../../clip/checkpoint/write-safetensors.ts";
import { LammError, ModelFileError } from "../../errors.ts";
import { writeFileAtomically } from "../../tensor/node/atomic-file.ts";
import { withFileSource } from "../../tensor/node/file-source.ts";
import { readTensor } from "../../tensor/node/read-tensor.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CheckpointStore } from "../trainer.ts";

/** Metadata key under which a checkpoint names its run. */
const RUN_KEY = "lamm.run";
/** Metadata key of the state's digest: a run must not go on from numbers that are not its own. */
const DIGEST_KEY = "lamm.digest";

/**
 * Keeps a run's state in one file, replaced as a whole after each epoch.
 *
 * @param path of the file
 * @param run everything that the run's result depends on, as a string; a file of another run is not continued, but replaced
 * @param onIgnored called with the reason where a file is there but not of this run, or damaged
 */
export function createCheckpointFile(
  path: string,
  run: string,
  onIgnored: (reason: string) => void = () => {},
): CheckpointStore {
  return {
    load: () => {
      if (!existsSync(path)) return undefined;
      try {
        return readCheckpoint(path, run, onIgnored);
      } catch (error) {
        // A checkpoint is a convenience: whatever is wrong with it, the run can start over.
        if (!(error instanceof LammError)) throw error;
        onIgnored(`${error.message} The run starts anew.`);
        return undefined;
      }
    },
    save: (state) => {
      mkdirSync(dirname(path), { recursive: true });
      const metadata = new Map([
        [RUN_KEY, run],
        [DIGEST_KEY, digestOf(state)],
      ]);
      writeFileAtomically(path, writeSafetensors(new Map(Object.entries(state)), metadata));
    },
    clear: () => {
      rmSync(path, { force: true });
      removeUnfinished(path);
    },
  };
}

/** Removes what a process that was killed while it wrote the file left beside it. */
function removeUnfinished(path: string): void {
  const folder = dirname(path);
  const unfinished = readdirSync(folder).filter(
    (name) => name.startsWith(`.${basename(path)}.`) && name.endsWith(".tmp"),
  );
  for (const name of unfinished) rmSync(join(folder, name), { force: true });
}

function readCheckpoint(
  path: string,
  run: string,
  onIgnored: (reason: string) => void,
): Record<string, Tensor> | undefined {
  const { tensors, metadata } = withFileSource(path, parseSafetensors);
  if (metadata.get(RUN_KEY) !== run) {
    onIgnored(`${path} belongs to a run with other settings; this one starts anew`);
    return undefined;
  }
  const state = Object.fromEntries([...tensors].map(([name, stored]) => [name, readTensor(stored)]));
  if (metadata.get(DIGEST_KEY) !== digestOf(state)) {
    throw new ModelFileError({ where: path, expected: "the state that was saved", got: "a damaged one" });
  }
  return state;
}

/** SHA-256 of names, types and elements, whatever the order of the names. */
function digestOf(state: Readonly<Record<string, Tensor>>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(state).sort()) {
    const { dtype, shape, data } = state[name] as Tensor;
    hash.update(JSON.stringify([name, dtype, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
