import type { PickleReader } from "./pickle-reader.ts";

/** A dictionary of 2,000 tensors puts 4,000 values on the stack. */
const MAX_STACK_DEPTH = 1_000_000;
/** A checkpoint of 2,000 tensors remembers about 20,000 values. */
const MAX_MEMO_SIZE = 1_000_000;

/** Begins a group of values on the stack. */
const MARK = Symbol("mark");

/** A global that a pickle may use. Its kind sets it apart from all that a file can write itself. */
export class PickleGlobal {
  /** Module and name, such as `collections.OrderedDict`. */
  readonly name: string;
  /** What calling it, or making an instance of it, gives; throws to refuse the arguments. */
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(name: string, call: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}

/** Stack and memory of a running pickle. */
export class PickleMachine {
  readonly #reader: PickleReader;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(reader: PickleReader) {
    this.#reader = reader;
  }

  push(value: unknown): void {
    if (this.#stack.length >= MAX_STACK_DEPTH) {
      throw this.#reader.damaged(`at most ${MAX_STACK_DEPTH} values on the stack`, "more");
    }
    this.#stack.push(value);
  }

  pushMark(): void {
    this.push(MARK);
  }

  top(): unknown {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#reader.damaged("a value on the stack", "none");
    return value;
  }

  pop(): unknown {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  /** Takes this many values off the stack, the lowest first. */
  popMany(count: number): unknown[] {
    const values = Array.from({ length: count }, () => this.pop());
    return values.reverse();
  }

  /** Takes all values above the last mark off the stack, and the mark. */
  popToMark(): unknown[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw this.#reader.damaged("a mark on the stack", "none");
    return this.#stack.splice(mark).slice(1);
  }

  /** Remembers the top value, at the next free place where none is given. */
  remember(place: number = this.#memo.size): void {
    if (this.#memo.size >= MAX_MEMO_SIZE) {
      throw this.#reader.damaged(`at most ${MAX_MEMO_SIZE} remembered values`, "more");
    }
    this.#memo.set(place, this.top());
  }

  recall(place: number): void {
    const value = this.#memo.get(place);
    if (value === undefined) throw this.#reader.damaged(`a value remembered at ${place}`, "none");
    this.push(value);
  }

  /** Appends to the list on top. */
  append(values: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.#reader.damaged("a list to append to", typeof list);
    for (const value of values) list.push(value);
  }

  /** Puts alternating keys and values into the dictionary on top. */
  setItems(items: readonly unknown[]): void {
    const dictionary = this.top();
    if (!(dictionary instanceof Map)) {
      throw this.#reader.damaged("a dictionary to put items into", typeof dictionary);
    }
    if (items.length % 2 !== 0) throw this.#reader.damaged("keys and values in pairs", "an odd number");
    for (let index = 0; index < items.length; index += 2) dictionary.set(items[index], items[index + 1]);
  }

  /** Calls the global below the arguments on top, with them. */
  call(): void {
    const [callable, args] = this.popMany(2);
    if (!(callable instanceof PickleGlobal)) {
      throw this.#reader.damaged("a global to call", `a ${typeof callable}`);
    }
    if (!Array.isArray(args)) throw this.#reader.damaged(`arguments for ${callable.name}`, typeof args);
    this.push(callable.call(args));
  }
}
