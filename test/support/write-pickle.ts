import { writeZip, type ZipFile, type ZipOptions } from "./write-zip.ts";

/** Bytes of a pickle, piece by piece: text stands for its own characters, numbers for bytes. */
export type PickleParts = readonly (string | number | PickleParts)[];

/** Joins the parts of a pickle of protocol 2, up to its STOP. */
export function writePickle(...parts: PickleParts): Uint8Array {
  const bytes = (part: PickleParts[number]): number[] =>
    typeof part === "number"
      ? [part]
      : typeof part === "string"
        ? [...Buffer.from(part)]
        : part.flatMap(bytes);
  return Uint8Array.from([0x80, 2, ...parts.flatMap(bytes), 0x2e]);
}

/** A string. */
export function text(value: string): PickleParts {
  const length = Buffer.byteLength(value);
  return ["X", length & 255, (length >> 8) & 255, (length >> 16) & 255, length >>> 24, value];
}

/** An integer of 32 bits. */
export function int(value: number): PickleParts {
  return ["J", value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
}

/** A tuple. */
export function tuple(...items: PickleParts): PickleParts {
  return ["(", ...items, "t"];
}

/** A global, such as `collections OrderedDict`. */
export function global(module: string, name: string): PickleParts {
  return ["c", module, "\n", name, "\n"];
}

/** A dictionary with string keys. */
export function dict(items: Readonly<Record<string, PickleParts[number]>>): PickleParts {
  return ["}", "(", ...Object.entries(items).flatMap(([key, value]) => [text(key), value]), "u"];
}

/** How a tensor views its storage. */
export interface PickledTensor {
  readonly type?: string;
  readonly key?: string;
  readonly size: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** A tensor, as `torch.save` writes it. */
export function tensor(options: PickledTensor): PickleParts {
  const { type = "FloatStorage", key = "0", size, offset = 0, shape, strides } = options;
  const storage = [tuple(text("storage"), global("torch", type), text(key), text("cpu"), int(size)), "Q"];
  const hooks = [global("collections", "OrderedDict"), ")", "R"];
  const args = tuple(storage, int(offset), tuple(...shape.map(int)), tuple(...strides.map(int)), 0x89, hooks);
  return [global("torch._utils", "_rebuild_tensor_v2"), args, "R"];
}

/** A file as `torch.save` writes it: a pickle and the bytes of its storages. */
export function writeTorchZip(
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  options: ZipOptions & { readonly more?: readonly ZipFile[] } = {},
): Uint8Array {
  const records = Object.entries(storages).map(([key, bytes]) => ({ name: `model/data/${key}`, bytes }));
  const files = [{ name: "model/data.pkl", bytes: pickle }, ...records, ...(options.more ?? [])];
  return writeZip(files, options);
}
