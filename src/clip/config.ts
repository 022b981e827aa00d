/** Non-linearity of the MLPs: OpenAI's `x * sigmoid(1.702 x)`, or the exact `x * Phi(x)` of many open_clip models. */
export type Activation = "quick_gelu" | "gelu";

/** Shape of a transformer tower. */
export interface TransformerConfig {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: Activation;
  /** Added to the variance in every LayerNorm. */
  readonly layerNormEps: number;
}

/** Shape of the text tower. */
export interface TextConfig extends TransformerConfig {
  readonly vocabularySize: number;
  /** Longest sequence, 77 for OpenAI's models. */
  readonly contextLength: number;
}

/** Shape of a vision transformer. */
export interface VitConfig extends TransformerConfig {
  readonly kind: "vit";
  /** Side of the square input, in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
}

/** Shape of a modified ResNet. */
export interface ResNetConfig {
  readonly kind: "resnet";
  readonly imageSize: number;
  /** Channels after the stem; the last stage has 32 times as many. */
  readonly width: number;
  /** Blocks in each of the four stages. */
  readonly stageBlocks: readonly number[];
  /** Heads of the attention pool. */
  readonly heads: number;
}

/** Shape of a CLIP: everything but its weights. */
export interface ClipConfig {
  readonly text: TextConfig;
  readonly image: VitConfig | ResNetConfig;
  /** Width D of the joint space. */
  readonly jointWidth: number;
  /** Preprocessing constants, per RGB channel of values in [0, 1]. */
  readonly imageMean: readonly [number, number, number];
  readonly imageStd: readonly [number, number, number];
}
