import { type PickleGlobal, PickleMachine } from "./pickle-machine.ts";
import { PickleReader } from "./pickle-reader.ts";

/** A checkpoint of 2,000 tensors has about 40,000 operations; bounds the time that a hostile file can take. */
const MAX_OPERATIONS = 10_000_000;
const STOP = 0x2e;

/** What a pickle's globals and outside objects mean. It decides what can be built at all. */
export interface PickleHost {
  /** File and record, as errors show them. */
  readonly where: string;
  /** The meaning of a global such as `collections.OrderedDict`; throws to refuse it. */
  findGlobal(name: string): PickleGlobal;
  /** The object that a persistent id stands for; throws to refuse it. */
  loadPersistent(id: unknown): unknown;
  /** Gives an object that a global made its state; throws to refuse it. */
  build(target: unknown, state: unknown): void;
}

interface Run {
  readonly reader: PickleReader;
  readonly machine: PickleMachine;
  readonly host: PickleHost;
}

/**
 * Runs a pickle. Its operations move plain values; nothing is called but what the host's globals allow.
 *
 * @param bytes of the pickle, protocols 2 to 5 as PyTorch writes them
 * @returns the value left: null, booleans, numbers, bigints (beyond 2^53), strings, bytes, arrays (lists and tuples),
 *   maps (dictionaries), globals, and what the host made
 * @throws {ModelFileError} if it is damaged, beyond a limit, or has an operation that no checkpoint needs
 * @see https://docs.python.org/3/library/pickletools.html
 */
export function parsePickle(bytes: Uint8Array, host: PickleHost): unknown {
  const reader = new PickleReader(host.where, bytes);
  const machine = new PickleMachine(reader);
  const run: Run = { reader, machine, host };
  for (let count = 0; count < MAX_OPERATIONS; count++) {
    const code = reader.uint8();
    if (code === STOP) return machine.pop();
    const operation = operations.get(code);
    if (operation === undefined) {
      const name = `operation 0x${code.toString(16).padStart(2, "0")}`;
      throw reader.damaged("the operations that PyTorch writes", name);
    }
    operation(run);
  }
  throw reader.damaged(`at most ${MAX_OPERATIONS} operations`, "more");
}

/** GLOBAL and INST: module and name, each up to a newline. */
function readGlobal({ reader, host }: Run): PickleGlobal {
  const module = reader.line();
  return host.findGlobal(`${module}.${reader.line()}`);
}

/** STACK_GLOBAL: module and name from the stack. */
function popGlobal({ machine, reader, host }: Run): PickleGlobal {
  const [module, name] = machine.popMany(2);
  if (typeof module === "string" && typeof name === "string") return host.findGlobal(`${module}.${name}`);
  throw reader.damaged("the name of a global", "other values");
}

/** INST: a global that is called at once. */
function callInstance(run: Run): void {
  const callable = readGlobal(run);
  const args = run.machine.popToMark();
  run.machine.push(callable);
  run.machine.push(args);
  run.machine.call();
}

function build({ machine, host }: Run): void {
  const state = machine.pop();
  host.build(machine.top(), state);
}

/** By opcode. Left out, and so refused: protocols 0 and 1 but for GLOBAL and INST, extensions, sets, buffers, LONG4. */
const operations: ReadonlyMap<number, (run: Run) => void> = new Map<number, (run: Run) => void>([
  [0x80, ({ reader }) => void reader.uint8()], // PROTO
  [0x95, ({ reader }) => void reader.bytes(8)], // FRAME
  [0x28, ({ machine }) => machine.pushMark()], // MARK
  [0x30, ({ machine }) => void machine.pop()], // POP
  [0x31, ({ machine }) => void machine.popToMark()], // POP_MARK
  [0x4e, ({ machine }) => machine.push(null)], // NONE
  [0x88, ({ machine }) => machine.push(true)], // NEWTRUE
  [0x89, ({ machine }) => machine.push(false)], // NEWFALSE
  [0x4a, ({ machine, reader }) => machine.push(reader.int32())], // BININT
  [0x4b, ({ machine, reader }) => machine.push(reader.uint8())], // BININT1
  [0x4d, ({ machine, reader }) => machine.push(reader.uint16())], // BININT2
  [0x8a, ({ machine, reader }) => machine.push(reader.long1())], // LONG1
  [0x47, ({ machine, reader }) => machine.push(reader.float64())], // BINFLOAT
  [0x58, ({ machine, reader }) => machine.push(reader.text(reader.uint32()))], // BINUNICODE
  [0x8c, ({ machine, reader }) => machine.push(reader.text(reader.uint8()))], // SHORT_BINUNICODE
  [0x54, ({ machine, reader }) => machine.push(reader.text(reader.uint32()))], // BINSTRING
  [0x55, ({ machine, reader }) => machine.push(reader.text(reader.uint8()))], // SHORT_BINSTRING
  [0x42, ({ machine, reader }) => machine.push(reader.bytes(reader.uint32()))], // BINBYTES
  [0x43, ({ machine, reader }) => machine.push(reader.bytes(reader.uint8()))], // SHORT_BINBYTES
  [0x5d, ({ machine }) => machine.push([])], // EMPTY_LIST
  [0x29, ({ machine }) => machine.push([])], // EMPTY_TUPLE
  [0x7d, ({ machine }) => machine.push(new Map())], // EMPTY_DICT
  [0x6c, ({ machine }) => machine.push(machine.popToMark())], // LIST
  [0x74, ({ machine }) => machine.push(machine.popToMark())], // TUPLE
  [0x85, ({ machine }) => machine.push(machine.popMany(1))], // TUPLE1
  [0x86, ({ machine }) => machine.push(machine.popMany(2))], // TUPLE2
  [0x87, ({ machine }) => machine.push(machine.popMany(3))], // TUPLE3
  [0x61, ({ machine }) => machine.append(machine.popMany(1))], // APPEND
  [0x65, ({ machine }) => machine.append(machine.popToMark())], // APPENDS
  [0x73, ({ machine }) => machine.setItems(machine.popMany(2))], // SETITEM
  [0x75, ({ machine }) => machine.setItems(machine.popToMark())], // SETITEMS
  [0x71, ({ machine, reader }) => machine.remember(reader.uint8())], // BINPUT
  [0x72, ({ machine, reader }) => machine.remember(reader.uint32())], // LONG_BINPUT
  [0x94, ({ machine }) => machine.remember()], // MEMOIZE
  [0x68, ({ machine, reader }) => machine.recall(reader.uint8())], // BINGET
  [0x6a, ({ machine, reader }) => machine.recall(reader.uint32())], // LONG_BINGET
  [0x63, (run) => run.machine.push(readGlobal(run))], // GLOBAL
  [0x93, (run) => run.machine.push(popGlobal(run))], // STACK_GLOBAL
  [0x69, callInstance], // INST
  [0x52, ({ machine }) => machine.call()], // REDUCE
  [0x81, ({ machine }) => machine.call()], // NEWOBJ
  [0x51, ({ machine, host }) => machine.push(host.loadPersistent(machine.pop()))], // BINPERSID
  [0x62, build], // BUILD
]);
