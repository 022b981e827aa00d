import { z } from "zod";
import { defineFeatureMethod } from "../feature-method.ts";
import { CHOSEN_BY_CACHE, cacheFit, cacheOptions, chooseCacheSetting, scoreCache } from "./tip-cache.ts";

const options = z.strictObject({
  ...cacheOptions,
});

/**
 * Tip-Adapter: the support set is a cache of keys that vote by their nearness, `scale (s f.g + alpha exp(-beta (1 - f X^T)) Y)`, without
 * training. Without text features the votes decide alone.
 *
 * Paper: alpha and beta by validation pictures, scale 1. Here by leave-one-out on the support set; with one picture a class they
 * are 1 (without text features 30), 5.5 and 1, unless given.
 * @see Zhang et al. 2022, https://arxiv.org/abs/2207.09519
 */
export const tipAdapter = defineFeatureMethod({
  kind: "features",
  name: "tip-adapter",
  title: "Tip-Adapter",
  description: "the support set votes, weighted by nearness; no training",
  source: "Zhang et al., ECCV 2022, https://arxiv.org/abs/2207.09519",
  chosenOptions: CHOSEN_BY_CACHE,
  options,
  fit: async (problem, given) => cacheFit(problem.features, problem, chooseCacheSetting(problem, given)),
  score: scoreCache,
});
