import type { StoredTensor } from "../tensor/tensor.ts";

/**
 * A matrix product's weight. Checkpoints store it either way round, and neither is copied: the graph multiplies by the
 * transpose where the layout asks for it.
 */
export interface LinearWeights {
  /** `[out, in]` or `[in, out]`, as `layout` says. */
  readonly weight: StoredTensor;
  readonly layout: "out-in" | "in-out";
  /** `[out]`; projections to the joint space have none. */
  readonly bias?: StoredTensor;
}

/** Scale and shift of a layer normalisation, each `[width]`. */
export interface NormWeights {
  readonly weight: StoredTensor;
  readonly bias: StoredTensor;
}

/** One pre-LayerNorm transformer block. */
export interface BlockWeights {
  readonly attentionNorm: NormWeights;
  readonly query: LinearWeights;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  readonly attentionOutput: LinearWeights;
  readonly mlpNorm: NormWeights;
  /** width -> 4 width. */
  readonly mlpUp: LinearWeights;
  /** 4 width -> width. */
  readonly mlpDown: LinearWeights;
}

/** The causal text transformer. */
export interface TextTowerWeights {
  /** `[vocabulary, W]`. */
  readonly tokenEmbedding: StoredTensor;
  /** `[77, W]`. */
  readonly positionEmbedding: StoredTensor;
  readonly blocks: readonly BlockWeights[];
  readonly finalNorm: NormWeights;
  /** W -> D, without bias. */
  readonly projection: LinearWeights;
}

/** A vision transformer. */
export interface VitWeights {
  readonly kind: "vit";
  /** `[width, 3, patch, patch]`, without bias. */
  readonly patchEmbedding: StoredTensor;
  /** `[width]`. */
  readonly classEmbedding: StoredTensor;
  /** `[1 + P, width]`. */
  readonly positionEmbedding: StoredTensor;
  readonly preNorm: NormWeights;
  readonly blocks: readonly BlockWeights[];
  readonly postNorm: NormWeights;
  /** width -> D, without bias. */
  readonly projection: LinearWeights;
}

/** A convolution without bias, followed by batch normalisation with running statistics (eps 1e-5). */
export interface ConvNormWeights {
  /** `[out, in, k, k]`. */
  readonly weight: StoredTensor;
  readonly scale: StoredTensor;
  readonly shift: StoredTensor;
  readonly runningMean: StoredTensor;
  readonly runningVar: StoredTensor;
}

/** One anti-aliased bottleneck: 1x1, 3x3, average pool where the stride is 2, 1x1. */
export interface BottleneckWeights {
  readonly conv1: ConvNormWeights;
  readonly conv2: ConvNormWeights;
  readonly conv3: ConvNormWeights;
  readonly downsample?: ConvNormWeights;
}

/** CLIP's modified ResNet. */
export interface ResNetWeights {
  readonly kind: "resnet";
  readonly stem: readonly [ConvNormWeights, ConvNormWeights, ConvNormWeights];
  /** The four stages; the first block of stages 2 to 4 halves the resolution. */
  readonly stages: readonly (readonly BottleneckWeights[])[];
  readonly attentionPool: {
    /** `[1 + P, channels]`. */
    readonly positionEmbedding: StoredTensor;
    readonly query: LinearWeights;
    readonly key: LinearWeights;
    readonly value: LinearWeights;
    /** channels -> D. */
    readonly output: LinearWeights;
  };
}

/** All weights of a CLIP, by role, whatever names the checkpoint's layout gives them. */
export interface ClipWeights {
  readonly text: TextTowerWeights;
  readonly image: VitWeights | ResNetWeights;
  /** ln of the scale of the logits, as stored. */
  readonly logitScale: number;
}
