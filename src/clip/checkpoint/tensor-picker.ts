import { ModelFileError } from "../../errors.ts";
import { formatShape, type Shape, sameShape } from "../../tensor/shape.ts";
import type { StoredTensor } from "../../tensor/tensor.ts";

/** As many faults of a kind as an error lists by name. */
const MAX_LISTED = 8;
/** Buffers that checkpoints hold beside their weights: position numbers, counters, sizes, the causal mask. */
const BUFFERS =
  /(^|\.)(position_ids|num_batches_tracked|input_resolution|context_length|vocab_size|attn_mask)$/;
const FLOATING_POINT = new Set(["float64", "float32", "float16", "bfloat16"]);

/** Where a table of names takes its tensors from. */
export interface TensorSource {
  /**
   * The tensor of this name.
   *
   * @param shapes the shapes it may have; one unless several are equal in meaning
   */
  take(name: string, ...shapes: readonly [Shape, ...Shape[]]): StoredTensor;
}

/** Takes tensors out of a checkpoint by name, and gathers what is wrong with them for one error. */
export class TensorPicker implements TensorSource {
  readonly #tensors: ReadonlyMap<string, StoredTensor>;
  readonly #taken = new Set<string>();
  readonly #missing: string[] = [];
  readonly #wrong: string[] = [];

  constructor(tensors: ReadonlyMap<string, StoredTensor>) {
    this.#tensors = tensors;
  }

  /** The tensor of this name. One that is missing or of another shape or kind is reported by {@link finish}. */
  take(name: string, ...shapes: readonly [Shape, ...Shape[]]): StoredTensor {
    this.#taken.add(name);
    const stored = this.#tensors.get(name);
    if (stored === undefined) this.#missing.push(name);
    else if (!shapes.some((shape) => sameShape(stored.shape, shape))) {
      this.#wrong.push(`${name} ${formatShape(stored.shape)} for ${formatShape(shapes[0])}`);
    } else if (!FLOATING_POINT.has(stored.dtype)) {
      this.#wrong.push(`${name} ${stored.dtype} for a floating-point type`);
    }
    return stored ?? { dtype: "float32", shape: shapes[0], data: new Float32Array(0) };
  }

  /**
   * Ends the taking.
   *
   * @param where file, as the error shows it
   * @throws {ModelFileError} if a tensor was missing or wrong, or one was not taken and is not a known buffer
   */
  finish(where: string): void {
    const superfluous = [...this.#tensors.keys()].filter(
      (name) => !this.#taken.has(name) && !BUFFERS.test(name),
    );
    const faults = [
      listed("without", this.#missing),
      listed("with", this.#wrong),
      listed("with superfluous", superfluous),
    ].filter((fault) => fault !== "");
    if (faults.length === 0) return;
    throw new ModelFileError({
      where,
      expected: "the tensors of a CLIP",
      got: `a file ${faults.join("; ")}`,
      fix: "Use a complete checkpoint of a CLIP with a vision transformer or a modified ResNet.",
    });
  }
}

function listed(preposition: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "";
  return `${preposition} ${names.slice(0, MAX_LISTED).join(", ")}${more}`;
}
