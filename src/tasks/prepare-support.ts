import type { LabelledPicture } from "../data/image-folder.ts";
import { DataError } from "../errors.ts";
import type { Method } from "../methods/method.ts";
import { findMethod } from "../methods/methods.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FeatureSet } from "../training/feature-set.ts";
import type { PixelSet } from "../training/pixel-set.ts";
import type { TrainConfig } from "../training/train-config.ts";
import { drawSupport } from "./draw-support.ts";
import type { EncodeOptions, UnreadablePicture } from "./encode-pictures.ts";
import type { PictureSource } from "./picture-source.ts";

/** Pictures to learn from, as a method takes them. */
export interface Support {
  readonly pictures: readonly LabelledPicture[];
  readonly data: FeatureSet | PixelSet;
  readonly unreadable: readonly UnreadablePicture[];
}

/** How pictures to learn from are prepared. */
export interface SupportOptions extends EncodeOptions {
  readonly methods?: readonly Method[];
  /** Prompts of the image tower that stay as they are: then methods that prompt it take features as well. */
  readonly imagePrompts?: readonly Tensor<"float32">[] | undefined;
}

/**
 * Draws the shots and encodes them. Where one of them cannot be read, the draw is made again without it, so that a broken
 * file costs no shot as long as its class has others.
 *
 * @returns `undefined` where the signal stopped it
 */
export async function prepareSupport(
  source: PictureSource,
  config: TrainConfig,
  options: SupportOptions,
): Promise<Support | undefined> {
  const { shots, seed, views } = config;
  const method = findMethod(config.method, options.methods);
  const isPrompted = method.kind === "prompts" && (method.promptsImageTower ?? false);
  const needsPixels = isPrompted && options.imagePrompts === undefined;
  const unreadable = new Map<string, UnreadablePicture>();
  for (;;) {
    const pictures = drawSupport(source, { shots, seed, without: new Set(unreadable.keys()) });
    checkEveryClass(source.classFolders, pictures, unreadable.size);
    const found = await load(source, pictures, { ...options, views, seed, needsPixels });
    if (found === undefined) return undefined;
    if (found.unreadable.length === 0) {
      return { pictures, data: found.data, unreadable: [...unreadable.values()] };
    }
    for (const picture of found.unreadable) unreadable.set(picture.path, picture);
  }
}

async function load(
  source: PictureSource,
  pictures: readonly LabelledPicture[],
  options: SupportOptions & {
    readonly views: number;
    readonly seed: number;
    readonly needsPixels: boolean;
  },
): Promise<Pick<Support, "data" | "unreadable"> | undefined> {
  if (options.needsPixels) {
    const prepared = await source.preparePixels(pictures, options);
    return prepared && { data: prepared.pixels, unreadable: prepared.unreadable };
  }
  const { imagePrompts, ...rest } = options;
  const encoded = await source.encode(pictures, { ...rest, ...(imagePrompts && { imagePrompts }) });
  if (encoded === undefined) return undefined;
  const labels = encoded.indices.map((index) => pictures[index]?.label ?? 0);
  return { data: { features: encoded.features, labels }, unreadable: encoded.unreadable };
}

function checkEveryClass(
  classFolders: readonly string[],
  pictures: readonly LabelledPicture[],
  unreadable: number,
): void {
  const present = new Set(pictures.map(({ label }) => label));
  const empty = classFolders.filter((_, label) => !present.has(label));
  if (empty.length === 0) return;
  const names = empty.map((name) => `"${name}"`).join(", ");
  if (unreadable === 0) {
    // A folder without pictures was refused when it was opened: these are the names beside a file of features.
    throw new DataError({
      where: "training pictures",
      expected: "at least one of each class that has a name",
      got: `none of ${names}`,
      fix: "Add pictures of the class, or leave its name out of the class names.",
    });
  }
  throw new DataError({
    where: "training pictures",
    expected: "at least one readable picture in each class folder",
    got: `none in ${names} (${unreadable} pictures could not be read)`,
    fix: "Replace the broken files or remove the class.",
  });
}
