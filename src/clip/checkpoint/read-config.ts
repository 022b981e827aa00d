import { z } from "zod";
import { ModelFileError } from "../../errors.ts";
import type { ClipConfig } from "../config.ts";
import { checkAgainst, extents } from "./config-schema.ts";
import { describeTensors, type ModelDescription } from "./describe-tensors.ts";
import { parseHuggingFaceConfig, parsePreprocessorConfig } from "./hugging-face-config.ts";
import type { Layout, NamedTensors } from "./layouts.ts";
import { parseOpenClipConfig } from "./open-clip-config.ts";
import type { JsonSource } from "./parse-json.ts";

/** A configuration file that lies beside the weights. */
export interface ConfigFile {
  /** Path or name, as errors show it. */
  readonly name: string;
  readonly json: JsonSource;
}

/** The configuration files that a checkpoint may have. */
export interface ConfigFiles {
  /** `config.json` of Hugging Face Transformers. */
  readonly config?: ConfigFile;
  /** `open_clip_config.json`. */
  readonly openClip?: ConfigFile;
  /** `preprocessor_config.json` of Hugging Face Transformers. */
  readonly preprocessor?: ConfigFile;
}

/** A checkpoint's weights, as far as its configuration depends on them. */
export interface DescribedTensors {
  /** File of the weights, as errors show it. */
  readonly name: string;
  readonly tensors: NamedTensors;
  readonly layout: Layout;
}

/**
 * Finds out what model a checkpoint holds: from the configuration of the weights' own convention, else from another one
 * beside them, else from the shapes of the tensors alone.
 *
 * @throws {ModelFileError} if a file is damaged or of a model that this library does not run, or disagrees with the
 *   tensors; the error then names both
 */
export function readConfig(weights: DescribedTensors, files: ConfigFiles): ModelDescription {
  const shapes = describeTensors(weights.tensors, weights.layout);
  const declared = readDeclared(weights.layout, files);
  if (declared !== undefined) checkAgreement(weights.name, shapes, declared);
  const described = declared?.description ?? shapes;
  return withPreprocessor(described, files.preprocessor);
}

interface Declared {
  readonly name: string;
  readonly description: ModelDescription;
}

function readDeclared(layout: Layout, { config, openClip }: ConfigFiles): Declared | undefined {
  if (config !== undefined && (layout.name === "Hugging Face" || openClip === undefined)) {
    return { name: config.name, description: parseHuggingFaceConfig(config.name, config.json) };
  }
  if (openClip === undefined) return undefined;
  return { name: openClip.name, description: parseOpenClipConfig(openClip.name, openClip.json) };
}

function withPreprocessor(
  description: ModelDescription,
  preprocessor: ConfigFile | undefined,
): ModelDescription {
  if (preprocessor === undefined) return description;
  const { config } = description;
  const { imageMean, imageStd, imageSize } = parsePreprocessorConfig(preprocessor.name, preprocessor.json);
  if (imageSize !== undefined && imageSize !== config.image.imageSize) {
    throw new ModelFileError({
      where: preprocessor.name,
      expected: `pictures of ${config.image.imageSize} pixels, as the model takes`,
      got: `${imageSize} pixels`,
      fix: "Use the file that came with this checkpoint.",
    });
  }
  return {
    ...description,
    config: {
      ...config,
      imageMean: imageMean ?? config.imageMean,
      imageStd: imageStd ?? config.imageStd,
    },
  };
}

/** What both a configuration and the tensors' shapes tell, in words for an error. */
function extentsOf({ config, mlpWidths }: ModelDescription): ReadonlyMap<string, number | string> {
  const { text, image, jointWidth } = config;
  const common: [string, number | string][] = [
    ["kind of image tower", image.kind],
    ["width of the joint space", jointWidth],
    ["text width", text.width],
    ["number of text layers", text.layers],
    ["width of the text MLPs", mlpWidths.text],
    ["vocabulary size", text.vocabularySize],
    ["context length", text.contextLength],
    ["image width", image.width],
  ];
  if (image.kind === "resnet") {
    const blocks = `${image.stageBlocks}`;
    return new Map([...common, ["blocks of the stages", blocks], ["image size", image.imageSize]]);
  }
  return new Map([
    ...common,
    ["number of image layers", image.layers],
    ["width of the image MLPs", mlpWidths.image ?? 0],
    ["patch size", image.patchSize],
    // Pixels that do not fill a patch are cut off, so that shapes tell the patches only.
    ["patches along a side", Math.floor(image.imageSize / image.patchSize)],
  ]);
}

function checkAgreement(weightsName: string, shapes: ModelDescription, declared: Declared): void {
  const found = extentsOf(shapes);
  for (const [what, value] of extentsOf(declared.description)) {
    // 0 where the tensor is missing, which is told when it is looked for.
    if (found.get(what) === value || found.get(what) === 0) continue;
    throw new ModelFileError({
      where: declared.name,
      expected: `${what} ${found.get(what)}, as the tensors in ${weightsName} have`,
      got: `${value}`,
      fix: "Use the configuration file that came with these weights.",
    });
  }
}

const towerSchema = z
  .object({ width: extents.width, layers: extents.layers, heads: extents.heads })
  .refine(({ width, heads }) => width % heads === 0, {
    path: ["heads"],
    message: "must divide the width",
  });
const runnableSchema = z.object({
  text: towerSchema,
  image: z.discriminatedUnion("kind", [
    towerSchema.safeExtend({
      kind: z.literal("vit"),
      imageSize: extents.imageSize,
      patchSize: extents.imageSize,
    }),
    z.object({
      kind: z.literal("resnet"),
      width: extents.width,
      heads: extents.heads,
      imageSize: extents.imageSize,
      stageBlocks: z.array(extents.layers).length(4),
    }),
  ]),
  jointWidth: extents.width,
});

/**
 * Checks that a configuration is within limits, whichever file its values are from: shapes of damaged files can give
 * absurd ones, or heads that do not divide the width.
 *
 * @param name file of the configuration or the weights, as errors show it
 * @throws {ModelFileError} naming each impossible value
 */
export function checkConfig(name: string, config: ClipConfig): void {
  checkAgainst(name, runnableSchema, config);
}
