import { EngineError } from "../errors.ts";
import type { Dtype } from "../tensor/dtype.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Session } from "./runtime.ts";

/** A tensor as ONNX Runtime's JavaScript packages have it. */
export interface EngineTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/** The part that their sessions have in common, whatever they run on. */
export interface EngineInferenceSession<T extends EngineTensor> {
  readonly inputMetadata: readonly EngineInput[];
  run(feeds: Record<string, T>): Promise<Readonly<Record<string, EngineTensor>>>;
  release(): Promise<void>;
}

/** What a loaded model wants for one input. */
export type EngineInput =
  | { readonly name: string; readonly isTensor: false }
  | {
      readonly name: string;
      readonly isTensor: true;
      readonly type: string;
      readonly shape: readonly (number | string)[];
    };

/** One of the packages. */
export interface Engine<T extends EngineTensor> {
  /** Package and version, such as `onnxruntime-node 1.30.0`. */
  readonly name: string;
  createTensor(tensor: Tensor): T;
}

/** Wraps an engine's session: inputs are checked before they reach it, and its failures become {@link EngineError}s. */
export function createSession<T extends EngineTensor>(
  engine: Engine<T>,
  session: EngineInferenceSession<T>,
): Session {
  const running = new Set<Promise<unknown>>();
  let released: Promise<void> | undefined;
  return {
    async run(inputs) {
      if (released !== undefined) throw sessionReleased(engine.name);
      const feeds = Object.fromEntries(
        session.inputMetadata.map((input) => [
          input.name,
          engine.createTensor(checkFeed(input, inputs[input.name])),
        ]),
      );
      const run = wrapFailure(engine.name, "run a graph", () => session.run(feeds));
      running.add(run);
      try {
        return Object.fromEntries(
          Object.entries(await run).map(([name, tensor]) => [name, toTensor(tensor)]),
        );
      } finally {
        running.delete(run);
      }
    },
    release() {
      // The engine would drop runs that have not begun.
      released ??= Promise.allSettled(running).then(() => session.release());
      return released;
    },
  };
}

/** Runs an engine's action; what it throws becomes an {@link EngineError}. */
export async function wrapFailure<R>(engine: string, what: string, action: () => Promise<R>): Promise<R> {
  try {
    return await action();
  } catch (cause) {
    throw new EngineError({
      where: engine,
      expected: `to ${what}`,
      got: messageOf(cause),
      cause,
    });
  }
}

/** What an engine said, without the line break and full stop that some end with. */
export function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).trim().replace(/\.$/, "");
}

function checkFeed(input: EngineInput, tensor: Tensor | undefined): Tensor {
  const type = input.isTensor ? input.type : "none";
  const shape = input.isTensor ? input.shape.map(Number) : [];
  if (tensor !== undefined && tensor.dtype === type && sameShape(tensor.shape, shape)) return tensor;
  throw new EngineError({
    where: `input "${input.name}"`,
    expected: `${type} ${formatShape(shape)}`,
    got: tensor === undefined ? "nothing" : `${tensor.dtype} ${formatShape(tensor.shape)}`,
  });
}

function sessionReleased(engine: string): EngineError {
  return new EngineError({
    where: engine,
    expected: "a session that is loaded",
    got: "one that was released",
    fix: "Load the graph again.",
  });
}

function toTensor({ type, dims, data }: EngineTensor): Tensor {
  return { dtype: type as Dtype, shape: [...dims], data: data as Tensor["data"] };
}
