import type { Runtime } from "../../src/runtime/runtime.ts";
import { readFloat32 } from "../../src/tensor/node/read-tensor.ts";
import type { Adapter } from "../../src/training/adapter.ts";
import { fitAdapter } from "../../src/training/fit-adapter.ts";
import type { FitOptions } from "../../src/training/fit-options.ts";
import { resolveTrainConfig, type TrainConfigInput } from "../../src/training/train-config.ts";
import { smallCheckpoint } from "./small-checkpoint.ts";
import { smallFeatures } from "./small-lamm.ts";
import { smallPixels } from "./small-prompt-method.ts";

/** Classes of {@link fitSmall}; two have one name. */
export const SMALL_CLASS_NAMES = ["cat", "egyptian mau", "cat"];

/** An adapter of the small CLIP, trained for two epochs of batches of 3 on six pictures of one or two views. */
export async function fitSmall(
  runtime: Runtime,
  config: TrainConfigInput,
  more: Partial<FitOptions> = {},
): Promise<Adapter> {
  const { methods } = more;
  const data = config.method?.startsWith("maple")
    ? smallPixels({ pictures: 6, views: 2 })
    : smallFeatures({ pictures: 6, views: 2 });
  const fit = await fitAdapter({
    runtime,
    clip: smallCheckpoint(),
    baseModel: { id: "small", weightsHash: "ab", preprocessing: "size=8" },
    classNames: SMALL_CLASS_NAMES,
    data,
    config: resolveTrainConfig({ epochs: 2, ...config }, methods),
    readFloat32,
    ...more,
  });
  if (fit === undefined) throw new Error("the run was stopped");
  return fit.adapter;
}
