import { ConfigError } from "../../errors.ts";
import { formatShape, type Shape, sameShape } from "../../tensor/shape.ts";
import { createTensor, type StoredTensor, type Tensor } from "../../tensor/tensor.ts";
import type { ClipConfig } from "../config.ts";
import { nameWeights } from "../name-weights.ts";
import type { BlockWeights, ClipWeights, LinearWeights } from "../weights.ts";
import { huggingFaceLayout } from "./layouts.ts";
import { takeWeights } from "./locate-weights.ts";
import type { VitDescription } from "./write-hugging-face-config.ts";

/** A model whose tensors are to be written. */
export interface NamableModel {
  readonly config: ClipConfig;
  readonly weights: ClipWeights;
  /** Elements of a stored tensor as float32. */
  readonly readFloat32: (stored: StoredTensor) => Float32Array;
}

/** A model as Hugging Face's layout has it. */
export interface HuggingFaceModel {
  readonly description: VitDescription;
  /** float32, by name. */
  readonly tensors: ReadonlyMap<string, Tensor<"float32">>;
}

/**
 * The tensors of a CLIP with a vision transformer as Hugging Face's `CLIPModel` stores them: the inverse of reading that
 * layout, by the same table of names.
 *
 * @returns tensors in the weights' own memory where they are float32 and `[out, in]` there
 * @throws {ConfigError} if the weights are not those that the config demands, or the image tower is a ResNet
 */
export function huggingFaceTensors({ config, weights, readFloat32 }: NamableModel): HuggingFaceModel {
  const { text, image } = weights;
  const { image: imageConfig } = config;
  if (imageConfig.kind !== "vit" || image.kind !== "vit") {
    throw new ConfigError({
      where: "image tower",
      expected: "a vision transformer, as Hugging Face's CLIPModel has",
      got: "a ResNet",
    });
  }
  const description = {
    config: { ...config, image: imageConfig },
    mlpWidths: { text: mlpWidthOf(text.blocks), image: mlpWidthOf(image.blocks) },
  };
  const names = new Map<StoredTensor, string>();
  const take = (name: string, shape: Shape): StoredTensor => {
    const place = { dtype: "float32", shape, data: new Float32Array(0) } as const;
    names.set(place, name);
    return place;
  };
  const { logitScale, ...places } = takeWeights({ take }, huggingFaceLayout, description);
  const roles = nameWeights({ ...weights, ...places });
  const given = nameWeights({
    ...weights,
    text: turnTower(text, readFloat32),
    image: turnTower(image, readFloat32),
  });
  const elements = new Map<StoredTensor, Float32Array>([[logitScale, Float32Array.of(weights.logitScale)]]);
  for (const [place, stored] of pairTensors(roles, given)) elements.set(place, readFloat32(stored));
  const tensors = new Map(
    [...elements].map(([place, data]) => [
      names.get(place) as string,
      createTensor("float32", place.shape, data),
    ]),
  );
  return { description, tensors };
}

function mlpWidthOf([first]: readonly BlockWeights[]): number {
  return first?.mlpDown.weight.shape[first.mlpDown.layout === "out-in" ? 1 : 0] ?? 0;
}

/** A place in the layout and the tensor that belongs there, for every role. */
function pairTensors(
  places: ReadonlyMap<string, StoredTensor>,
  given: ReadonlyMap<string, StoredTensor>,
): (readonly [place: StoredTensor, stored: StoredTensor])[] {
  return [...new Set([...places.keys(), ...given.keys()])].map((role) => {
    const place = places.get(role);
    const stored = given.get(role);
    if (place !== undefined && stored !== undefined && sameShape(place.shape, stored.shape)) {
      return [place, stored];
    }
    throw new ConfigError({
      where: `weights, ${role}`,
      expected: place === undefined ? "no such tensor, by the config" : formatShape(place.shape),
      got: stored === undefined ? "none" : formatShape(stored.shape),
      fix: "Give the config that belongs to these weights.",
    });
  });
}

type ReadFloat32 = NamableModel["readFloat32"];

/** A tower whose matrices are all `[out, in]`. */
function turnTower<
  T extends { readonly blocks: readonly BlockWeights[]; readonly projection: LinearWeights },
>(tower: T, readFloat32: ReadFloat32): T {
  const turn = (linear: LinearWeights) => turnLinear(linear, readFloat32);
  const blocks = tower.blocks.map((block) => ({
    ...block,
    query: turn(block.query),
    key: turn(block.key),
    value: turn(block.value),
    attentionOutput: turn(block.attentionOutput),
    mlpUp: turn(block.mlpUp),
    mlpDown: turn(block.mlpDown),
  }));
  return { ...tower, blocks, projection: turn(tower.projection) };
}

function turnLinear(linear: LinearWeights, readFloat32: ReadFloat32): LinearWeights {
  if (linear.layout === "out-in") return linear;
  const [inputs = 0, outputs = 0] = linear.weight.shape;
  const source = readFloat32(linear.weight);
  const turned = new Float32Array(source.length);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) turned[o * inputs + i] = source[i * outputs + o]!;
  }
  return { ...linear, layout: "out-in", weight: createTensor("float32", [outputs, inputs], turned) };
}
