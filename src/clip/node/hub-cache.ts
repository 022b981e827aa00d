// Node only: reads and writes the hub's cache folder.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { getRepoFolderName } from "@huggingface/hub";
import { writeFileAtomically } from "../../tensor/node/atomic-file.ts";
import { storageErrorOf } from "../../tensor/node/storage-error.ts";

/** Name of a commit on the hub. */
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * One model's part of the hub's cache, in the layout that Python's huggingface_hub shares: `blobs/` holds contents by
 * hash, `snapshots/<commit>/` names that point at them, `refs/` the commit of each branch, and `.no_exist/<commit>/` the
 * names that are known not to be there.
 */
export interface HubCache {
  /** Commit of a branch, tag or commit, or `undefined` if it is not in the cache. */
  findCommit(revision: string): string | undefined;
  /** Remembers the commit of a branch or tag. */
  saveCommit(revision: string, commit: string): void;
  /** Path of a file in a snapshot, or `undefined` if it is not in the cache. */
  find(commit: string, name: string): string | undefined;
  /** Whether a file is known not to exist on the hub. */
  isAbsent(commit: string, name: string): boolean;
  /** Remembers that a file does not exist on the hub. */
  saveAbsent(commit: string, name: string): void;
  /** Path of the contents with this hash, whether it is there or not. */
  blobPath(hash: string): string;
  /** Lets a name in a snapshot point at its contents; returns its path. */
  link(commit: string, name: string, hash: string): string;
}

/**
 * Opens a model's part of the hub's cache; nothing is created before something is saved.
 *
 * @param folder of the whole cache
 * @param repository such as `openai/clip-vit-base-patch16`
 */
export function openHubCache(folder: string, repository: string): HubCache {
  const root = join(folder, getRepoFolderName({ type: "model", name: repository }));
  const snapshotPath = (commit: string, name: string) => join(root, "snapshots", commit, name);
  const absentPath = (commit: string, name: string) => join(root, ".no_exist", commit, name);
  const refPath = (revision: string) => join(root, "refs", ...revision.split("/"));
  return {
    findCommit(revision) {
      if (COMMIT.test(revision)) return existsSync(join(root, "snapshots", revision)) ? revision : undefined;
      const path = refPath(revision);
      const commit = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
      return COMMIT.test(commit) ? commit : undefined;
    },
    saveCommit(revision, commit) {
      if (revision === commit) return;
      inFolderOf(refPath(revision), (path) => writeFileAtomically(path, commit));
    },
    find(commit, name) {
      const path = snapshotPath(commit, name);
      // A link whose contents are gone does not exist for this purpose.
      return existsSync(path) ? path : undefined;
    },
    isAbsent: (commit, name) => existsSync(absentPath(commit, name)),
    saveAbsent: (commit, name) => inFolderOf(absentPath(commit, name), (path) => writeFileSync(path, "")),
    blobPath: (hash) => join(root, "blobs", hash),
    link(commit, name, hash) {
      const target = join(root, "blobs", hash);
      return inFolderOf(snapshotPath(commit, name), (path) => {
        rmSync(path, { force: true });
        try {
          symlinkSync(relative(dirname(path), target), path);
        } catch {
          // Windows refuses links to most users; huggingface_hub copies there, too.
          copyFileSync(target, path);
        }
        return path;
      });
    },
  };
}

/** Makes the folder of a path, then uses the path; errors are explained. */
function inFolderOf<T>(path: string, use: (path: string) => T): T {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return use(path);
  } catch (cause) {
    throw storageErrorOf(path, cause);
  }
}
