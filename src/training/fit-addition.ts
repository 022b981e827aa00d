import { concatRows } from "../tensor/concat-rows.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { zeros } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import { appendClassParameters, sharedParameters } from "./class-parameters.ts";
import type { FeatureSet } from "./feature-set.ts";
import { fitAdapter } from "./fit-adapter.ts";
import type { Fit, FitOptions } from "./fit-options.ts";
import type { AdditionPlan, AdditionRequest } from "./plan-addition.ts";
import type { RunOptions } from "./trainer.ts";

/** What classes are learned from. */
export interface FitAdditionOptions
  extends Omit<AdditionRequest, "config" | "negatives">,
    RunOptions,
    Pick<FitOptions, "runtime"> {
  /** As `planAddition` made it of the same request. */
  readonly plan: AdditionPlan;
  /**
   * Pictures of the new classes, labelled from 0, encoded by the adapter's own image tower where it has prompts for that; none where
   * the plan trains nothing.
   */
  readonly data?: FeatureSet;
}

/**
 * Learns classes that join an adapter. All that it has stays as it is, to the byte: the new classes' text features and parameters
 * come behind its own, and what all classes share is frozen. Calibration and rejection are dropped, as they were measured without the
 * new classes.
 *
 * @returns the adapter with all classes, or `undefined` where the signal stopped the run
 */
export async function fitAddition(options: FitAdditionOptions): Promise<Fit | undefined> {
  const { adapter, plan, data = noPictures(options), ...rest } = options;
  const { textFeatures } = adapter;
  const fit = await fitAdapter({
    ...rest,
    baseModel: adapter.baseModel,
    data,
    config: plan.config,
    frozenParameters: sharedParameters(adapter),
    ...(plan.trains && plan.negatives === "old" && textFeatures && { fixedTextFeatures: textFeatures }),
  });
  return fit && { ...fit, adapter: join(adapter, fit.adapter, { plan, pictures: data.labels.length }) };
}

function noPictures({ clip }: FitAdditionOptions): FeatureSet {
  return { features: zeros([0, 1, clip.config.jointWidth]), labels: [] };
}

function join(
  adapter: Adapter,
  added: Adapter,
  { plan, pictures }: { readonly plan: AdditionPlan; readonly pictures: number },
): Adapter {
  const { calibration, rejection, rowCounts, ...rest } = adapter;
  const { classNames } = added;
  return {
    ...rest,
    classNames: [...adapter.classNames, ...classNames],
    ...(adapter.promptNames && { promptNames: [...adapter.promptNames, ...classNames] }),
    ...both("textFeatures", adapter, added),
    ...both("originalTextFeatures", adapter, added),
    ...appendClassParameters(adapter, added),
    additions: [
      ...(adapter.additions ?? []),
      { classes: classNames, negatives: plan.negatives, pictures, config: added.config },
    ],
  };
}

function both<Key extends "textFeatures" | "originalTextFeatures">(
  key: Key,
  adapter: Adapter,
  added: Adapter,
): Partial<Record<Key, Tensor<"float32">>> {
  const [first, second] = [adapter[key], added[key]];
  const joined: Partial<Record<Key, Tensor<"float32">>> = {};
  if (first !== undefined && second !== undefined) joined[key] = concatRows([first, second]);
  return joined;
}
