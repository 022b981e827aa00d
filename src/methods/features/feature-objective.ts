import { gradients } from "../../autodiff/gradient.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/node.ts";
import { serializeGraph } from "../../graph/serialize.ts";
import type { Runtime, Session } from "../../runtime/runtime.ts";
import type { Shape } from "../../tensor/shape.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";

/** A classifier of features as a graph. */
export interface FeatureModel {
  /** What is trained, by name: float32. */
  readonly parameters: Readonly<Record<string, Shape>>;
  /** Further float32 inputs, by name. */
  readonly inputs?: Readonly<Record<string, Shape>>;
  /**
   * Adds the classifier to a graph.
   *
   * @param features float32 `[B, D]`
   * @param values parameters and further inputs, by name
   * @returns logits, float32 `[B, C]`, and what is added to the cross-entropy, float32 `[]`
   */
  build(
    g: GraphBuilder,
    features: Value,
    values: Readonly<Record<string, Value>>,
  ): { readonly logits: Value; readonly penalty?: Value };
}

/** Numbers of a model's parameters or inputs, by name. */
export type Numbers = Readonly<Record<string, Float32Array>>;

/** Pictures that a loss is taken over. */
export interface FeatureBatch {
  /** float32 `[B, D]`. */
  readonly features: Tensor<"float32">;
  /** Row b is the picture's share in the loss at its class, and 0 elsewhere: float32 `[B, C]`. */
  readonly targets: Tensor<"float32">;
}

/** What one evaluation gives. */
export interface ObjectiveValue {
  /** In nats. */
  readonly loss: number;
  /** By parameter. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
  /** float32 `[B, C]`, of pictures without a share too. */
  readonly logits: Tensor<"float32">;
}

/** Cross-entropy of a model's logits, in the engine. */
export interface FeatureObjective {
  /** Loss, gradients and logits at some parameters. */
  evaluate(parameters: Numbers, batch: FeatureBatch, inputs?: Numbers): Promise<ObjectiveValue>;
  /** Frees the engine's memory. */
  release(): Promise<void>;
}

/** Sizes of every batch. */
export interface BatchSize {
  /** B. */
  readonly batch: number;
  /** D. */
  readonly width: number;
  /** C. */
  readonly classCount: number;
}

/**
 * Loads the graph of `- sum targets log softmax(logits) + penalty` and its gradients.
 *
 * @throws {ShapeError} if the model's logits are not `[B, C]`
 */
export async function createFeatureObjective(
  runtime: Runtime,
  model: FeatureModel,
  { batch, width, classCount }: BatchSize,
): Promise<FeatureObjective> {
  const shapes = { ...model.parameters, ...model.inputs };
  const names = Object.keys(model.parameters);
  const session = await load(runtime, (g) => {
    const features = g.input("features", "float32", [batch, width]);
    const targets = g.input("targets", "float32", [batch, classCount]);
    const values = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, g.input(`value.${name}`, "float32", shape)]),
    );
    const { logits, penalty } = model.build(g, features, values);
    const crossEntropy = g.neg(g.reduceSum(g.mul(g.logSoftmax(logits), targets)));
    const loss = penalty === undefined ? crossEntropy : g.add(crossEntropy, penalty);
    g.output("loss", loss);
    g.output("logits", logits);
    const trained = names.map((name) => values[name] as Value);
    gradients(g, loss, trained).forEach((gradient, i) => {
      g.output(`gradient.${names[i]}`, gradient);
    });
  });
  return {
    async evaluate(parameters, { features, targets }, inputs = {}) {
      const given = { ...parameters, ...inputs };
      const feeds = Object.entries(shapes).map(([name, shape]) => [
        `value.${name}`,
        createTensor("float32", shape, given[name] ?? new Float32Array()),
      ]);
      const found = await session.run({ features, targets, ...Object.fromEntries(feeds) });
      const gradientOf = (name: string) => found[`gradient.${name}`]?.data as Float32Array;
      return {
        loss: Number(found.loss?.data[0]),
        gradients: Object.fromEntries(names.map((name) => [name, gradientOf(name)])),
        logits: found.logits as Tensor<"float32">,
      };
    },
    release: () => session.release(),
  };
}

function load(runtime: Runtime, build: (g: GraphBuilder) => void): Promise<Session> {
  const g = new GraphBuilder();
  build(g);
  return runtime.load(serializeGraph(g));
}

/**
 * Targets in which each of the given pictures has the same share.
 *
 * @param labels class of each row, `[B]`
 * @param rows those that count
 * @param share of each: 1 for a sum of cross-entropies, 1 / rows for their mean
 * @returns float32 `[B, C]`
 */
export function equalTargets(
  { labels, classCount }: { readonly labels: readonly number[]; readonly classCount: number },
  rows: readonly number[],
  share: number,
): Tensor<"float32"> {
  const targets = new Float32Array(labels.length * classCount);
  for (const row of rows) targets[row * classCount + labels[row]!] = share;
  return createTensor("float32", [labels.length, classCount], targets);
}
