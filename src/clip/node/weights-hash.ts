// Node only: reads files.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { StorageError } from "../../errors.ts";
import { writeFileAtomically } from "../../tensor/node/atomic-file.ts";
import { cacheFolder } from "../../tensor/node/cache-folder.ts";

/** Bytes that are read at a time. */
const READ_BYTES = 4 * 1024 * 1024;
const SHA256 = /^[0-9a-f]{64}$/;

/** What was known of a file when its hash was computed; if all of it is the same, so is the hash. */
const entrySchema = z.object({
  path: z.string(),
  byteLength: z.number(),
  modified: z.string(),
  sha256: z.string().regex(SHA256),
});

/**
 * SHA-256 of a file's bytes, in hexadecimal digits. The second time it costs nothing: files of the hub's cache are named
 * by it, and of others it is remembered with path, length and time of the last change.
 *
 * @throws {StorageError} if the file cannot be read
 */
export async function hashFile(path: string): Promise<string> {
  const file = realpathSync(path);
  const name = basename(file);
  if (SHA256.test(name) && basename(dirname(file)) === "blobs") return name;
  const { size: byteLength, mtimeNs } = statSync(file, { bigint: true });
  const known = { path: file, byteLength: Number(byteLength), modified: String(mtimeNs) };
  const record = join(cacheFolder(), "hashes", `${sha256(file)}.json`);
  const remembered = readRecord(record, known);
  if (remembered !== undefined) return remembered;
  const digest = await hashBytes(file);
  saveRecord(record, { ...known, sha256: digest });
  return digest;
}

/**
 * One hash for the weights of a checkpoint.
 *
 * @param shards paths by name, of weights in several files; one file has its own hash
 */
export async function hashWeights(weights: string, shards?: ReadonlyMap<string, string>): Promise<string> {
  if (shards === undefined) return hashFile(weights);
  const lines: string[] = [];
  for (const [name, path] of shards) lines.push(`${await hashFile(path)}  ${name}\n`);
  return sha256(lines.sort().join(""));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function hashBytes(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const piece of createReadStream(file, { highWaterMark: READ_BYTES })) hash.update(piece);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError({ where: file, expected: "a readable file", got, cause });
  }
  return hash.digest("hex");
}

type Known = Omit<z.infer<typeof entrySchema>, "sha256">;

function readRecord(record: string, known: Known): string | undefined {
  if (!existsSync(record)) return undefined;
  try {
    const { sha256: digest, ...then } = entrySchema.parse(JSON.parse(readFileSync(record, "utf8")));
    const same = then.path === known.path && then.byteLength === known.byteLength;
    return same && then.modified === known.modified ? digest : undefined;
  } catch {
    // A damaged record is written anew.
    return undefined;
  }
}

function saveRecord(record: string, entry: z.infer<typeof entrySchema>): void {
  try {
    mkdirSync(dirname(record), { recursive: true });
    writeFileAtomically(record, JSON.stringify(entry));
  } catch {
    // Without a cache folder the hash is computed each time; nothing else depends on it.
  }
}
