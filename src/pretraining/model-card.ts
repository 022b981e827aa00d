import { VERSION } from "../version.ts";
import type { PretrainConfig } from "./pretrain-config.ts";
import type { IntervalReport } from "./pretrainer.ts";

/** What a model card tells of a run. */
export interface ModelCardFacts {
  readonly config: PretrainConfig;
  readonly curve: readonly IntervalReport[];
  /** Command that makes the model again. */
  readonly command: string;
  /** Engine that ran the training, such as `onnxruntime-node 1.30.0 cpu`. */
  readonly runtime: string;
  readonly parameters: number;
  readonly vocabularySize: number;
}

/** Points of the curve that the card shows. */
const SHOWN_POINTS = 12;

/**
 * Model card of a pre-trained CLIP, in Markdown with the hub's front matter: how it was made, its configuration and its curve.
 * What it was made of, and how good it is, only its makers know: they add it below.
 */
export function writeModelCard(facts: ModelCardFacts): string {
  const { config, curve, command, runtime, parameters, vocabularySize } = facts;
  const { model } = config;
  const step = Math.max(1, Math.ceil(curve.length / SHOWN_POINTS));
  const shown = curve.filter((_, index) => (index + 1) % step === 0 || index === curve.length - 1);
  const rows = shown.map(
    (point) => `| ${point.step} | ${point.loss.toFixed(3)} | ${(100 * point.accuracy).toFixed(1)} % |`,
  );
  return `---
library_name: lamm
pipeline_tag: zero-shot-image-classification
tags: [clip]
---
# ${config.name}

A small CLIP of ${(parameters / 1e6).toFixed(1)} million weights: pictures of ${model.imageSize} x ${model.imageSize} pixels in
patches of ${model.patchSize}, a vision transformer of width ${model.imageWidth} with ${model.imageLayers} blocks, a text transformer
of width ${model.textWidth} with ${model.textLayers} blocks and a vocabulary of ${vocabularySize} tokens, features of width ${model.jointWidth}.

Trained from scratch with lamm ${VERSION} (${runtime}) on ${config.steps * config.batchSize} pictures (${config.steps} steps of ${config.batchSize}):

    ${command}

## Training curve

Mean over the ${config.checkpointEvery} steps before; "found" is the share of a batch's pictures whose most similar caption is their own.

| step | loss | found |
|--:|--:|--:|
${rows.join("\n")}

## Configuration

\`\`\`json
${JSON.stringify(config, null, 2)}
\`\`\`
`;
}
