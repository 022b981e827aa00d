import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  dict,
  global,
  type PickleParts,
  tensor,
  text,
  tuple,
  writePickle,
  writeTorchZip,
} from "../../../test/support/write-pickle.ts";
import { ModelFileError } from "../../errors.ts";
import { createMemorySource } from "../../tensor/byte-source.ts";
import { parsePytorchZip } from "./pytorch-zip.ts";

const parse = (bytes: Uint8Array) => parsePytorchZip(createMemorySource("model.pt", bytes));

/** Storage "0": 12 elements of float32. */
const storages = { 0: new Uint8Array(48) };
const row = tensor({ size: 12, shape: [12], strides: [1] });

function refuse(bytes: Uint8Array, message: string | RegExp): void {
  expect(() => parse(bytes)).toThrow(ModelFileError);
  expect(() => parse(bytes)).toThrow(message);
}
const refusePickle = (message: string | RegExp, ...parts: PickleParts) =>
  refuse(writeTorchZip(writePickle(...parts), storages), message);

test("pickles that call a function are refused by its name, and nothing runs", () => {
  const marker = join(tmpdir(), `lamm-pickle-ran-${process.pid}`);
  const command = tuple(text(`touch ${marker}`));
  const expected =
    "model.pt, model/data.pkl: expected tensors and dictionaries, as a file of weights has, got a use of os.system. " +
    "The file asks to run code of its own choice, and nothing was run.";
  refusePickle(expected, global("os", "system"), command, "R");
  refusePickle(expected, text("os"), text("system"), 0x93, command, "R");
  refusePickle(expected, "(", text("touch"), "i", "os\nsystem\n");
  refusePickle(expected, dict({ weight: row, hidden: [global("os", "system"), command, "R"] }));
  expect(existsSync(marker)).toBe(false);
});

test.each([
  ["builtins", "eval"],
  ["builtins", "getattr"],
  ["torch", "load"],
  ["torch._utils", "_rebuild_tensor_v2.__globals__"],
  ["torch.FloatStorage", "__init__"],
  ["collections", "OrderedDict.update"],
  ["", "__torch__.x"],
  ["constructor", "prototype"],
  ["", "__proto__"],
])("global %s.%s is refused", (module, name) => {
  refusePickle(`got a use of ${module}.${name}.`, global(module, name));
});

test("pickles that call what is no function are refused", () => {
  refusePickle("expected a global to call, got a string", text("os.system"), tuple(), "R");
  refusePickle(
    "expected storage types that are only named, got a call of",
    global("torch", "FloatStorage"),
    ")R",
  );
  refusePickle("expected arguments for collections.OrderedDict", global("collections", "OrderedDict"), "NR");
  refusePickle("expected pairs for an OrderedDict", global("collections", "OrderedDict"), tuple("N"), "R");
  refusePickle("expected a dictionary as an object's state", "}", tuple(), "b");
  refusePickle("expected a storage for a tensor", global("torch._utils", "_rebuild_tensor_v2"), ")R");
});

test("pickles with other persistent ids are refused", () => {
  refusePickle("expected storages as outside objects", text("storage"), "Q");
  refusePickle("expected storages as outside objects", tuple(text("module"), "N", "N", "N"), "Q");
  const key = tensor({ key: "../../etc/passwd", size: 1, shape: [1], strides: [1] });
  refusePickle('expected a record "model/data/../../etc/passwd", got none', key);
});

test.each([
  ["a shape beyond the storage", { shape: [13], strides: [1] }],
  ["an offset beyond the storage", { offset: 12, shape: [1], strides: [1] }],
  ["strides beyond the storage", { shape: [2, 2], strides: [11, 1] }],
  ["a shape that repeats elements without end", { shape: [1 << 30, 1 << 30], strides: [0, 0] }],
])("pickles with %s are refused", (_, view) => {
  refusePickle(
    "expected a tensor within its storage of 12 elements, got shape",
    tensor({ size: 12, ...view }),
  );
});

test("pickles with values that are no shape are refused", () => {
  const message = "expected offset, shape and strides of rank up to 8, got other values";
  refusePickle(message, tensor({ size: 12, shape: [-1], strides: [1] }));
  refusePickle(message, tensor({ size: 12, shape: [1], strides: [-1] }));
  refusePickle(message, tensor({ size: 12, offset: -4, shape: [1], strides: [1] }));
  refusePickle(message, tensor({ size: 12, shape: [1, 1], strides: [1] }));
  refusePickle(message, tensor({ size: 12, shape: Array(9).fill(1), strides: Array(9).fill(1) }));
});

test("pickles with a storage longer than its record are refused", () => {
  const message = "expected 13 elements of float32 in storage 0, got 48 bytes";
  refusePickle(message, tensor({ size: 13, shape: [1], strides: [1] }));
});

test("pickles that copy one storage again and again are refused", () => {
  const transposed = tensor({ size: 12, shape: [3, 4], strides: [1, 3] });
  const all = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`w${index}`, ["h", 0]]));
  expect(parse(writeTorchZip(writePickle(transposed, "q", 0, "0", dict(all)), storages)).size).toBe(1000);
  const big = { 0: new Uint8Array(48_000) };
  const wide = tensor({ size: 12_000, shape: [3, 4000], strides: [1, 3] });
  const copies = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`w${index}`, wide]));
  refuse(writeTorchZip(writePickle(dict(copies)), big), /expected at most \d+ bytes to copy, got more/);
});

test("pickles whose dictionaries contain themselves, or each other without end, are refused", () => {
  const message = "expected at most 1000000 values, nested at most 32 deep, got more";
  refusePickle(message, "}q", 0, text("self"), "h", 0, "s");
  const doubled = Array.from({ length: 30 }, (_, level) => [
    dict({ a: ["h", level], b: ["h", level] }),
    "q",
    level + 1,
  ]);
  refusePickle(message, "}q", 0, ...doubled);
});

test("pickles that are damaged are refused", () => {
  refusePickle("byte 3: expected a value on the stack, got none");
  refusePickle("expected a mark on the stack, got none", "t");
  refusePickle("expected a value remembered at 7, got none", "h", 7);
  refusePickle("expected a list to append to, got object", "}Na");
  refusePickle("expected a dictionary to put items into, got object", "]NNs");
  refusePickle("expected keys and values in pairs, got an odd number", "}(Nu");
  refusePickle("expected the operations that PyTorch writes, got operation 0x8b", 0x8b);
  refusePickle("expected 255 more bytes, got the end", "X", 255, 0, 0, 0);
  refusePickle("expected a newline after a name, got the end", "cos");
  refusePickle("expected text in UTF-8, got other bytes", "X", 1, 0, 0, 0, 0xff);
  refusePickle("expected the name of a global, got other values", "]]", 0x93);
});
