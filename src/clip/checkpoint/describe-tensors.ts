import type { Shape } from "../../tensor/shape.ts";
import type { ClipConfig, ResNetConfig, TransformerConfig } from "../config.ts";
import type { Layout, NamedTensors } from "./layouts.ts";

/** What a checkpoint says about its model, in its configuration or by the shapes of its tensors. */
export interface ModelDescription {
  readonly config: ClipConfig;
  /** Widths inside the transformers' MLPs, 4 times the tower's in OpenAI's models; a ResNet has none. */
  readonly mlpWidths: { readonly text: number; readonly image?: number };
}

/** What shapes do not tell, as OpenAI chose it. */
export const openAiDefaults = {
  headWidth: 64,
  activation: "quick_gelu",
  layerNormEps: 1e-5,
  imageMean: [0.48145466, 0.4578275, 0.40821073],
  imageStd: [0.26862954, 0.26130258, 0.27577711],
} as const;

/** A modified ResNet halves the resolution five times. */
const RESNET_STRIDE = 32;
/** A stage's output has 4 times its width, and the last stage 8 times the first's width. */
const RESNET_OUTPUT_FACTOR = 32;

/**
 * The model that the shapes of a checkpoint's tensors describe, with OpenAI's choices for what they do not tell: heads of
 * width 64, QuickGELU, epsilon 1e-5, mean and deviation. Extents of missing tensors are 0.
 */
export function describeTensors(tensors: NamedTensors, layout: Layout): ModelDescription {
  const { text, vit, projectionLayout } = layout;
  const [vocabularySize = 0] = shapeOf(tensors, text.tokenEmbedding);
  const [contextLength = 0] = shapeOf(tensors, text.positionEmbedding);
  const projection = shapeOf(tensors, text.projection);
  const textTower = describeTower(tensors, layout, text.blocks, text.finalNorm);
  const common = {
    text: { ...textTower.config, vocabularySize, contextLength },
    jointWidth: (projectionLayout === "out-in" ? projection[0] : projection[1]) ?? 0,
    imageMean: openAiDefaults.imageMean,
    imageStd: openAiDefaults.imageStd,
  };
  if (isResNet(tensors)) {
    return {
      config: { ...common, image: describeResNet(tensors) },
      mlpWidths: { text: textTower.mlpWidth },
    };
  }
  const patchSize = shapeOf(tensors, vit.patchEmbedding)[3] ?? 0;
  const imageSize = gridOf(shapeOf(tensors, vit.positionEmbedding)) * patchSize;
  const tower = describeTower(tensors, layout, vit.blocks, vit.postNorm);
  return {
    config: { ...common, image: { kind: "vit", ...tower.config, imageSize, patchSize } },
    mlpWidths: { text: textTower.mlpWidth, image: tower.mlpWidth },
  };
}

/** Whether the image tower is a modified ResNet; only OpenAI's names have one. */
function isResNet(tensors: NamedTensors): boolean {
  return tensors.has("visual.attnpool.positional_embedding");
}

function describeTower(tensors: NamedTensors, layout: Layout, blocks: string, finalNorm: string) {
  const [width = 0] = shapeOf(tensors, `${finalNorm}.weight`);
  const [mlpWidth = 0] = shapeOf(tensors, `${blocks}.0.${layout.block.mlpUp}.weight`);
  const { headWidth, activation, layerNormEps } = openAiDefaults;
  const layers = countNumbered(tensors, `${blocks}.`);
  const config: TransformerConfig = {
    width,
    layers,
    heads: width / headWidth,
    activation,
    layerNormEps,
  };
  return { config, mlpWidth };
}

function describeResNet(tensors: NamedTensors): ResNetConfig {
  const [width = 0] = shapeOf(tensors, "visual.layer1.0.conv1.weight");
  return {
    kind: "resnet",
    imageSize: gridOf(shapeOf(tensors, "visual.attnpool.positional_embedding")) * RESNET_STRIDE,
    width,
    stageBlocks: [1, 2, 3, 4].map((stage) => countNumbered(tensors, `visual.layer${stage}.`)),
    heads: (width * RESNET_OUTPUT_FACTOR) / openAiDefaults.headWidth,
  };
}

/** Patches along a side, of position embeddings for all patches and one class token or mean. */
function gridOf([positions = 1]: Shape): number {
  return Math.round(Math.sqrt(positions - 1));
}

function shapeOf(tensors: NamedTensors, name: string): Shape {
  return tensors.get(name)?.shape ?? [];
}

/** How many different numbers follow this prefix: not the largest, by which one name could ask for a billion blocks. */
function countNumbered(tensors: NamedTensors, prefix: string): number {
  const numbers = new Set<string>();
  for (const name of tensors.keys()) {
    if (!name.startsWith(prefix)) continue;
    const [number = ""] = name.slice(prefix.length).split(".", 1);
    if (/^\d+$/.test(number)) numbers.add(number);
  }
  return numbers.size;
}
