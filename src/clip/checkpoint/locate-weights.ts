import { sliceRows } from "../../tensor/slice-rows.ts";
import type { StoredTensor } from "../../tensor/tensor.ts";
import type { TextConfig, VitConfig } from "../config.ts";
import type {
  BlockWeights,
  ClipWeights,
  LinearWeights,
  NormWeights,
  TextTowerWeights,
  VitWeights,
} from "../weights.ts";
import type { ModelDescription } from "./describe-tensors.ts";
import type { Layout, NamedTensors } from "./layouts.ts";
import { locateResNet } from "./locate-resnet.ts";
import { TensorPicker, type TensorSource } from "./tensor-picker.ts";

/** The weights of a model, the scale of its logits where it is stored. */
export interface LocatedWeights extends Omit<ClipWeights, "logitScale"> {
  /** One element. */
  readonly logitScale: StoredTensor;
}

interface Tower {
  readonly source: TensorSource;
  readonly layout: Layout;
  readonly width: number;
  readonly mlpWidth: number;
}

/**
 * Finds each weight of a model among a checkpoint's tensors, by its name there and in the shape that the description
 * demands. Nothing is read or copied: fused matrices become byte ranges of themselves.
 *
 * @param where file, as errors show it
 * @throws {ModelFileError} if tensors are missing, of other shapes, or superfluous; the error lists them
 */
export function locateWeights(
  where: string,
  tensors: NamedTensors,
  layout: Layout,
  description: ModelDescription,
): LocatedWeights {
  const picker = new TensorPicker(tensors);
  const weights = takeWeights(picker, layout, description);
  picker.finish(where);
  return weights;
}

/**
 * Takes each weight of a model by its name in a layout: the one table of names, for reading and for writing.
 *
 * @param source gives a tensor for each name, of the shape that the description demands
 */
export function takeWeights(
  source: TensorSource,
  layout: Layout,
  { config, mlpWidths }: ModelDescription,
): LocatedWeights {
  const { text, image, jointWidth } = config;
  const textTower: Tower = { source, layout, width: text.width, mlpWidth: mlpWidths.text };
  const imageWeights =
    image.kind === "resnet"
      ? locateResNet(source, image, jointWidth)
      : locateVit({ source, layout, width: image.width, mlpWidth: mlpWidths.image ?? 0 }, image, jointWidth);
  return {
    text: locateText(textTower, text, jointWidth),
    image: imageWeights,
    logitScale: source.take(layout.logitScale, [], [1]),
  };
}

function locateText(tower: Tower, config: TextConfig, jointWidth: number): TextTowerWeights {
  const { source, layout, width } = tower;
  const names = layout.text;
  return {
    tokenEmbedding: source.take(names.tokenEmbedding, [config.vocabularySize, width]),
    positionEmbedding: source.take(names.positionEmbedding, [config.contextLength, width]),
    blocks: locateBlocks(tower, names.blocks, config.layers),
    finalNorm: locateNorm(source, names.finalNorm, width),
    projection: locateProjection(tower, names.projection, jointWidth),
  };
}

function locateVit(tower: Tower, config: VitConfig, jointWidth: number): VitWeights {
  const { source, layout, width } = tower;
  const names = layout.vit;
  const patches = Math.floor(config.imageSize / config.patchSize) ** 2;
  return {
    kind: "vit",
    patchEmbedding: source.take(names.patchEmbedding, [width, 3, config.patchSize, config.patchSize]),
    classEmbedding: source.take(names.classEmbedding, [width]),
    positionEmbedding: source.take(names.positionEmbedding, [1 + patches, width]),
    preNorm: locateNorm(source, names.preNorm, width),
    blocks: locateBlocks(tower, names.blocks, config.layers),
    postNorm: locateNorm(source, names.postNorm, width),
    projection: locateProjection(tower, names.projection, jointWidth),
  };
}

function locateProjection({ source, layout, width }: Tower, name: string, jointWidth: number): LinearWeights {
  const shape = layout.projectionLayout === "out-in" ? [jointWidth, width] : [width, jointWidth];
  return { weight: source.take(name, shape), layout: layout.projectionLayout };
}

function locateBlocks(tower: Tower, prefix: string, layers: number): BlockWeights[] {
  return Array.from({ length: layers }, (_, index) => locateBlock(tower, `${prefix}.${index}`));
}

function locateBlock(tower: Tower, prefix: string): BlockWeights {
  const { source, layout, width, mlpWidth } = tower;
  const names = layout.block;
  const [query, key, value] = locateAttentionInput(tower, prefix);
  return {
    attentionNorm: locateNorm(source, `${prefix}.${names.attentionNorm}`, width),
    query,
    key,
    value,
    attentionOutput: locateLinear(source, `${prefix}.${names.attentionOutput}`, [width, width]),
    mlpNorm: locateNorm(source, `${prefix}.${names.mlpNorm}`, width),
    mlpUp: locateLinear(source, `${prefix}.${names.mlpUp}`, [mlpWidth, width]),
    mlpDown: locateLinear(source, `${prefix}.${names.mlpDown}`, [width, mlpWidth]),
  };
}

function locateAttentionInput({ source, layout, width }: Tower, prefix: string) {
  const names = layout.block.attentionInput;
  if ("weight" in names) {
    const weight = source.take(`${prefix}.${names.weight}`, [3 * width, width]);
    const bias = source.take(`${prefix}.${names.bias}`, [3 * width]);
    const part = (index: number): LinearWeights => ({
      weight: sliceRows(weight, index * width, (index + 1) * width),
      layout: "out-in",
      bias: sliceRows(bias, index * width, (index + 1) * width),
    });
    return [part(0), part(1), part(2)] as const;
  }
  const [query, key, value] = names;
  const part = (name: string) => locateLinear(source, `${prefix}.${name}`, [width, width]);
  return [part(query), part(key), part(value)] as const;
}

/** A matrix `[out, in]` with its bias, as `torch.nn.Linear` stores them. */
export function locateLinear(
  source: TensorSource,
  name: string,
  [outputs, inputs]: readonly [outputs: number, inputs: number],
): LinearWeights {
  return {
    weight: source.take(`${name}.weight`, [outputs, inputs]),
    layout: "out-in",
    bias: source.take(`${name}.bias`, [outputs]),
  };
}

function locateNorm(source: TensorSource, name: string, width: number): NormWeights {
  return { weight: source.take(`${name}.weight`, [width]), bias: source.take(`${name}.bias`, [width]) };
}
