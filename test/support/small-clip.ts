import type { ClipCheckpoint } from "../../src/clip/clip-checkpoint.ts";
import { seededTensor } from "./seeded-tensor.ts";
import { SMALL_JOINT_WIDTH, SMALL_WIDTH, smallTextTower } from "./small-text-tower.ts";

/** Side R of the small CLIP's pictures. */
export const SMALL_IMAGE_SIZE = 8;
const PATCH_SIZE = 4;
const PATCHES = (SMALL_IMAGE_SIZE / PATCH_SIZE) ** 2;

/**
 * A CLIP whose towers have two blocks of width 8, all weights in memory and its own. Text is that of {@link smallTextTower}; the image
 * tower is a vision transformer of four patches.
 */
export function smallClip(seed: number): Pick<ClipCheckpoint, "config" | "weights"> {
  const text = smallTextTower({ seed });
  // Blocks and norms are the same in both towers.
  const { config, weights: like } = smallTextTower({ seed: seed + 1 });
  const { finalNorm: preNorm } = smallTextTower({ seed: seed + 2 }).weights;
  const { width, layers, heads, activation, layerNormEps } = config;
  const draw = seededTensor(seed + 3);
  return {
    config: {
      text: text.config,
      image: {
        kind: "vit",
        ...{ width, layers, heads, activation, layerNormEps },
        imageSize: SMALL_IMAGE_SIZE,
        patchSize: PATCH_SIZE,
      },
      jointWidth: SMALL_JOINT_WIDTH,
      imageMean: [0.5, 0.5, 0.5],
      imageStd: [0.5, 0.5, 0.5],
    },
    weights: {
      text: text.weights,
      image: {
        kind: "vit",
        patchEmbedding: draw([SMALL_WIDTH, 3, PATCH_SIZE, PATCH_SIZE], 0.3),
        classEmbedding: draw([SMALL_WIDTH], 1),
        positionEmbedding: draw([1 + PATCHES, SMALL_WIDTH], 0.5),
        preNorm,
        blocks: like.blocks,
        postNorm: like.finalNorm,
        // The text tower's projection is [in, out].
        projection: { weight: draw([SMALL_JOINT_WIDTH, SMALL_WIDTH], 1), layout: "out-in" },
      },
      logitScale: Math.log(5),
    },
  };
}
