import { collectCrops } from "../data/collect-crops.ts";
import { encodePictures } from "./encode-pictures.ts";
import type { OpenModel } from "./open-model.ts";
import type { PictureSource } from "./picture-source.ts";

/** What is known of labelled picture files before any is opened. */
export type PictureFiles = Pick<
  PictureSource,
  "path" | "classNames" | "classFolders" | "trainingPool" | "testPart" | "isDivided"
>;

/** Makes a source of picture files, wherever they lie, and a model that encodes them. */
export function openPictureFiles(model: OpenModel, files: PictureFiles): PictureSource {
  const { clip, runtime, baseModel, preprocessing } = model;
  return {
    ...files,
    runtime,
    clip,
    baseModel,
    encode: (pictures, options) =>
      encodePictures(
        model,
        pictures.map((picture) => picture.path),
        options,
      ),
    async preparePixels(pictures, { onEncode, signal, views, seed }) {
      try {
        const { crops, indices, unreadable } = await collectCrops({
          pictures: pictures.map((picture) => picture.path),
          imageSize: preprocessing.imageSize,
          views,
          seed,
          ...(onEncode && { onProgress: onEncode }),
          ...(signal && { signal }),
        });
        const labels = indices.map((index) => pictures[index]?.label ?? 0);
        return { pixels: { crops, viewCount: views, preprocessing, labels }, indices, unreadable };
      } catch (error) {
        if (signal?.aborted) return undefined;
        throw error;
      }
    },
  };
}
