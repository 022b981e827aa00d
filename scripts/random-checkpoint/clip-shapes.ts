import { openAiDefaults } from "../../src/clip/checkpoint/describe-tensors.ts";
import type { ClipConfig, ResNetConfig, TextConfig, VitConfig } from "../../src/clip/config.ts";

const { headWidth, activation, layerNormEps, imageMean, imageStd } = openAiDefaults;

function transformer(width: number, layers: number) {
  return { width, layers, heads: width / headWidth, activation, layerNormEps };
}

function text(width: number, layers: number, vocabularySize = 49_408): TextConfig {
  return { ...transformer(width, layers), vocabularySize, contextLength: 77 };
}

function vit(width: number, layers: number, pixels: { imageSize: number; patchSize: number }): VitConfig {
  return { kind: "vit", ...transformer(width, layers), ...pixels };
}

function clip(jointWidth: number, image: VitConfig | ResNetConfig, textTower: TextConfig): ClipConfig {
  return { text: textTower, image, jointWidth, imageMean, imageStd };
}

const stages50 = [3, 4, 6, 3];

/**
 * Shapes of OpenAI's models by name, and `tiny` ones for tests: they take milliseconds, and their vocabulary is as large as
 * a test's tokenizer.
 */
export const clipShapes = {
  "vit-b-16": clip(512, vit(768, 12, { imageSize: 224, patchSize: 16 }), text(512, 12)),
  "vit-b-32": clip(512, vit(768, 12, { imageSize: 224, patchSize: 32 }), text(512, 12)),
  rn50: clip(
    1024,
    { kind: "resnet", imageSize: 224, width: 64, stageBlocks: stages50, heads: 32 },
    text(512, 12),
  ),
  "tiny-vit": clip(32, vit(64, 2, { imageSize: 32, patchSize: 8 }), text(64, 2, 1024)),
  "tiny-rn": clip(
    32,
    { kind: "resnet", imageSize: 64, width: 8, stageBlocks: [1, 1, 1, 1], heads: 4 },
    text(64, 2, 1024),
  ),
} satisfies Readonly<Record<string, ClipConfig>>;

/** Name of a shape. */
export type ClipShape = keyof typeof clipShapes;
