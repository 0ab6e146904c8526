/** The activations that CLIP models use. */
export type Activation = 'quick_gelu' | 'gelu';

/** What both towers have. */
export interface TowerConfig {
  /** Length of a token's vector. */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width of the hidden layer of each block's MLP. */
  readonly mlpWidth: number;
  readonly activation: Activation;
  readonly layerNormEpsilon: number;
}

/** The vision transformer. */
export interface VisionConfig extends TowerConfig {
  /** Pixels of an edge of the square input. */
  readonly imageSize: number;
  /** Pixels of an edge of a patch; divides the image size. */
  readonly patchSize: number;
  /** Always 3: red, green, blue. */
  readonly channels: number;
}

/** The text transformer. */
export interface TextConfig extends TowerConfig {
  readonly vocabularySize: number;
  /** Tokens of a text, padding included. */
  readonly contextLength: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
  readonly padTokenId: number;
  /**
   * Which position stands for the text: the first `eosTokenId`, or, in models of open_clip and those
   * whose configuration carries the historical `eos_token_id: 2`, the first of the highest ids.
   */
  readonly eotPooling: 'argmax' | 'first-eos';
}

/** The shape of a CLIP model. */
export interface ClipConfig {
  /** Length of an embedding. */
  readonly projectionSize: number;
  readonly vision: VisionConfig;
  readonly text: TextConfig;
}
