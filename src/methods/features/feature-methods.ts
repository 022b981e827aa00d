import type { FeatureMethod } from "../feature-method.ts";
import { clap } from "./clap.ts";
import { clipAdapter } from "./clip-adapter.ts";
import { gda } from "./gda.ts";
import { linearProbe } from "./linear-probe.ts";
import { lpPlusPlus } from "./lp-plus-plus.ts";
import { proker } from "./proker.ts";
import { taskRes } from "./taskres.ts";
import { tipAdapter } from "./tip-adapter.ts";
import { tipAdapterF } from "./tip-adapter-f.ts";

/** All methods that work on cached image features, in the order of tables. */
export const featureMethods: readonly FeatureMethod[] = [
  tipAdapter,
  tipAdapterF,
  clipAdapter,
  taskRes,
  clap,
  lpPlusPlus,
  linearProbe,
  gda,
  proker,
];
