import { ModelFileError } from "../../errors.ts";
import type { ByteSource } from "../../tensor/byte-source.ts";
import type { StoredTensor } from "../../tensor/tensor.ts";
import { parsePickle } from "./pickle.ts";
import { createTorchHost, TorchTensor } from "./torch-host.ts";
import { locateZipEntry, parseZipDirectory, type ZipEntry } from "./zip-directory.ts";

/** A checkpoint of 2,000 tensors has 300 KB; with an optimiser's state and TorchScript's types it is a few MB. */
const MAX_PICKLE_BYTES = 64 * 1024 * 1024;
/** Values visited in search of tensors: dictionaries may share parts, so that a small file has endless contents. */
const MAX_VALUES = 1_000_000;
/** Modules are nested about 6 deep. */
const MAX_DEPTH = 32;
/** How PyTorch's files before 1.6 begin: a pickled magic number, not a zip file. */
const LEGACY_START = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20];

/**
 * Reads the tensors of a file of PyTorch's zip format: `pytorch_model.bin`, `.pt` and `.pth` from `torch.save`, and
 * TorchScript archives. It can build tensors and dictionaries, and runs nothing of what the file asks for.
 *
 * @param source the file; contiguous tensors are given as the source gives them, others are copied into memory
 * @returns tensors by their path of attributes, such as `visual.conv1.weight`
 * @throws {ModelFileError} if it is damaged, hostile (the error names the callable), or of the format before PyTorch 1.6
 */
export function parsePytorchZip(source: ByteSource): ReadonlyMap<string, StoredTensor> {
  checkNotLegacy(source);
  const entries = parseZipDirectory(source);
  const folder = findFolder(source.name, entries);
  const record = (name: string) => {
    const entry = entries.get(folder + name);
    if (entry !== undefined) return locateZipEntry(source, entry);
    throw damaged(source.name, `a record "${folder}${name}"`, "none");
  };
  if (entries.has(`${folder}byteorder`)) checkByteOrder(source, record("byteorder"));
  const where = `${source.name}, ${folder}data.pkl`;
  const { byteOffset, byteLength } = record("data.pkl");
  if (byteLength > MAX_PICKLE_BYTES) {
    throw damaged(where, `at most ${MAX_PICKLE_BYTES} bytes`, String(byteLength));
  }
  const root = parsePickle(source.read(byteOffset, byteLength), createTorchHost(where, source, record));
  return collectTensors(where, root);
}

function checkNotLegacy(source: ByteSource): void {
  const start = source.read(0, Math.min(LEGACY_START.length, source.byteLength));
  if (start.length < LEGACY_START.length || !LEGACY_START.every((byte, index) => start[index] === byte))
    return;
  throw new ModelFileError({
    where: source.name,
    expected: "PyTorch's zip format (1.6 and later)",
    got: "the older pickle format",
    fix: 'Convert it in PyTorch: torch.save(torch.load("old.pt", weights_only=True), "new.pt").',
  });
}

/** All records are in one folder, named after the file when it was written. */
function findFolder(name: string, entries: ReadonlyMap<string, ZipEntry>): string {
  const pickles = [...entries.keys()].filter((entry) => /^[^/]+\/data\.pkl$/.test(entry));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    throw damaged(name, "one folder with a data.pkl, as PyTorch writes", `${pickles.length}`);
  }
  return pickle.slice(0, -"data.pkl".length);
}

function checkByteOrder(source: ByteSource, range: { byteOffset: number; byteLength: number }): void {
  const order = new TextDecoder().decode(source.read(range.byteOffset, Math.min(range.byteLength, 16)));
  if (order === "little") return;
  throw new ModelFileError({
    where: source.name,
    expected: "little-endian tensors",
    got: `byte order "${order}"`,
    fix: "Save the checkpoint again on a little-endian machine, or as safetensors.",
  });
}

function collectTensors(where: string, root: unknown): ReadonlyMap<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  let visited = 0;
  const visit = (value: unknown, path: readonly string[]) => {
    if (++visited > MAX_VALUES || path.length > MAX_DEPTH) {
      throw damaged(where, `at most ${MAX_VALUES} values, nested at most ${MAX_DEPTH} deep`, "more");
    }
    if (value instanceof TorchTensor) tensors.set(path.join("."), value.stored);
    if (!(value instanceof Map)) return;
    for (const [key, item] of value) {
      // Optimisers number their parameters; no other kind of key leads to a weight.
      if (typeof key === "string" || typeof key === "number") visit(item, [...path, String(key)]);
    }
  };
  visit(root, []);
  return tensors;
}

function damaged(where: string, expected: string, got: string): ModelFileError {
  const fix = "The file is damaged or not a checkpoint of PyTorch; use a safetensors file of the same model.";
  return new ModelFileError({ where, expected, got, fix });
}
