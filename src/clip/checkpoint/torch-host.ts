import { ModelFileError } from "../../errors.ts";
import type { ByteSource } from "../../tensor/byte-source.ts";
import { bytesPerElement, type Dtype } from "../../tensor/dtype.ts";
import type { StoredTensor } from "../../tensor/tensor.ts";
import type { PickleHost } from "./pickle.ts";
import { PickleGlobal } from "./pickle-machine.ts";
import { checkView, gatherView, isContiguous, locateView, spanOf, TorchStorage } from "./torch-tensor.ts";

/**
 * Non-contiguous tensors are copied, and views of one storage can be repeated without end. Real files need less than
 * three times their length: query, key and value as columns of one storage.
 */
const MAX_GATHERED_FILE_LENGTHS = 4;

/** Where a record of a PyTorch file lies. */
export type FindRecord = (name: string) => { byteOffset: number; byteLength: number };

/** What PyTorch's pickles make: a tensor, told apart from every value that a file can write itself. */
export class TorchTensor {
  readonly stored: StoredTensor;
  constructor(stored: StoredTensor) {
    this.stored = stored;
  }
}

const dtypeOfStorage: Readonly<Record<string, Dtype>> = {
  "torch.DoubleStorage": "float64",
  "torch.FloatStorage": "float32",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.LongStorage": "int64",
  "torch.IntStorage": "int32",
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "uint8",
  "torch.BoolStorage": "bool",
};

/** Functions by which TorchScript writes typed lists: each takes the list, and gives it back. */
const listBuilders = ["intlist", "doublelist", "boollist", "tensorlist"].map(
  (kind) => `torch.jit._pickle.build_${kind}`,
);

/**
 * The globals and storages of PyTorch's files: tensors, parameters, ordered dictionaries, and TorchScript's modules as
 * dictionaries of their attributes. There is no other global, and so nothing else can be called.
 *
 * @param where file and record, as errors show them
 * @param source the whole file
 * @param findRecord where the record with a storage's key lies
 */
export function createTorchHost(where: string, source: ByteSource, findRecord: FindRecord): PickleHost {
  const modules = new WeakSet<object>();
  const globals = globalsOf(where, source);
  return {
    where,
    findGlobal(name) {
      if (name.startsWith("__torch__.")) return moduleClass(name, modules);
      const global = globals.get(name);
      if (global === undefined) throw refusedGlobal(where, name);
      return global;
    },
    loadPersistent: (id) => loadStorage(where, findRecord, id),
    build(target, state) {
      if (!(target instanceof Map) || !(state instanceof Map)) {
        throw damaged(where, "a dictionary as an object's state", typeof state);
      }
      // The state of an ordered dictionary is `_metadata`: versions of modules, of no use here.
      if (modules.has(target)) for (const [key, value] of state) target.set(key, value);
    },
  };
}

function globalsOf(where: string, source: ByteSource): ReadonlyMap<string, PickleGlobal> {
  const calls: Record<string, (args: readonly unknown[]) => unknown> = {
    "collections.OrderedDict": (args) => orderedDict(where, args),
    "torch._utils._rebuild_tensor_v2": createTensorBuilder(where, source),
    "torch._utils._rebuild_parameter": ([data]) => data,
    "torch.jit._pickle.restore_type_tag": ([value]) => value,
  };
  for (const name of listBuilders) calls[name] = ([list]) => list;
  for (const name of Object.keys(dtypeOfStorage)) {
    calls[name] = () => {
      throw damaged(where, "storage types that are only named", `a call of ${name}`);
    };
  }
  return new Map(Object.entries(calls).map(([name, call]) => [name, new PickleGlobal(name, call)]));
}

function moduleClass(name: string, modules: WeakSet<object>): PickleGlobal {
  return new PickleGlobal(name, () => {
    const module = new Map<unknown, unknown>();
    modules.add(module);
    return module;
  });
}

function orderedDict(where: string, [items = []]: readonly unknown[]): Map<unknown, unknown> {
  if (!Array.isArray(items) || !items.every((item) => Array.isArray(item) && item.length === 2)) {
    throw damaged(where, "pairs for an OrderedDict", "something else");
  }
  return new Map(items);
}

/** Makes `_rebuild_tensor_v2(storage, offset, size, stride, ...)`. */
function createTensorBuilder(where: string, source: ByteSource): (args: readonly unknown[]) => TorchTensor {
  const limit = MAX_GATHERED_FILE_LENGTHS * source.byteLength;
  let gatheredBytes = 0;
  return ([storage, offset, shape, strides]) => {
    if (!(storage instanceof TorchStorage)) throw damaged(where, "a storage for a tensor", typeof storage);
    const view = checkView(where, storage, { offset, shape, strides });
    if (isContiguous(view)) return new TorchTensor(locateView(source, storage, view));
    gatheredBytes += spanOf(view) * bytesPerElement[storage.dtype];
    if (gatheredBytes > limit) throw damaged(where, `at most ${limit} bytes to copy`, "more");
    return new TorchTensor(gatherView(source, storage, view));
  };
}

/** A persistent id is ("storage", type, key, device, number of elements). */
function loadStorage(where: string, findRecord: FindRecord, id: unknown): TorchStorage {
  const [kind, type, key, , size] = Array.isArray(id) ? id : [];
  const dtype = type instanceof PickleGlobal ? dtypeOfStorage[type.name] : undefined;
  if (kind !== "storage" || dtype === undefined || typeof key !== "string" || !isCount(size)) {
    throw damaged(where, "storages as outside objects", "something else");
  }
  const { byteOffset, byteLength } = findRecord(`data/${key}`);
  if (size * bytesPerElement[dtype] > byteLength) {
    throw damaged(where, `${size} elements of ${dtype} in storage ${key}`, `${byteLength} bytes`);
  }
  return new TorchStorage(dtype, size, byteOffset);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function refusedGlobal(where: string, name: string): ModelFileError {
  return new ModelFileError({
    where,
    expected: "tensors and dictionaries, as a file of weights has",
    got: `a use of ${name}`,
    fix:
      "The file asks to run code of its own choice, and nothing was run. If you trust it, load it in PyTorch, " +
      "and save its state_dict() with safetensors.",
  });
}

function damaged(where: string, expected: string, got: string): ModelFileError {
  const fix = "The file is damaged or hostile; use a safetensors file of the same model.";
  return new ModelFileError({ where, expected, got, fix });
}
