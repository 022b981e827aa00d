import type { TextInput } from "../clip/text-tower.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Something that training moves: rows of `W` numbers. */
export interface TrainedParameter {
  /** Name in adapter files and checkpoints. */
  readonly name: string;
  /** Where training starts, float32 `[rows, W]`. */
  readonly initial: Tensor<"float32">;
  /** Shape of the same elements in an adapter file. */
  readonly fileShape: Shape;
  /** The rows that only one class reads, for each class; absent where all classes read all rows. */
  readonly rowsOfClass?: readonly (readonly number[])[];
}

/** Some classes that are encoded together. All chunks of a run have the same sizes, so that one loaded graph serves them. */
export interface ClassChunk {
  /** Indices of the classes, in the order of the chunk's features; fewer than `size` in a chunk that is filled up. */
  readonly classes: readonly number[];
  /** Features that the chunk's graph computes. */
  readonly size: number;
}

/** How a chunk of classes is encoded: a graph that is the same for all chunks, and what each chunk feeds it. */
export interface ChunkPlan {
  readonly chunks: readonly ClassChunk[];
  /** Rows of each trained parameter that one chunk reads, by name. */
  readonly parameterRows: Readonly<Record<string, number>>;
  /**
   * Fills prefix and suffix.
   *
   * @param parameters the chunk's rows of each trained parameter, float32 `[parameterRows[name], W]`
   */
  build(g: GraphBuilder, parameters: Readonly<Record<string, Value>>): TextInput;
  /**
   * The hierarchical loss's part that sees the chunk's parameters, WC, before weighting: float32 `[]`, summed over chunks.
   * Absent where the method has none.
   */
  parameterLoss?(g: GraphBuilder, parameters: Readonly<Record<string, Value>>): Value;
  /** What to feed besides the parameters, by input name. */
  feeds(chunk: ClassChunk): Record<string, Tensor>;
}

/**
 * A way to adapt the text side of CLIP: what it trains, and how that fills the prompts. The training loop, the chunks, the
 * files and the command line know no method beyond this.
 */
export interface PromptMethod {
  /** As on the command line and in adapter files. */
  readonly name: string;
  readonly classCount: number;
  readonly parameters: readonly TrainedParameter[];
  /** The values at which the prompts are the original ones, by parameter name: what the hierarchical loss holds on to. */
  readonly original: Readonly<Record<string, Tensor<"float32">>>;
  /**
   * Splits the classes into chunks.
   *
   * @param maxRows suffix tokens that one chunk may have, at least one class's
   */
  plan(maxRows: number): ChunkPlan;
}
