/** Blocks of the two towers. */
export interface TowerLayers {
  readonly vision: number;
  readonly text: number;
}

/**
 * How deep a parameter lies in its tower, from 0 to 1: block l of L (from 1) at `(l - 1) / (L - 1)`, what comes before
 * the blocks (embeddings and the norm behind them) at 0, what follows them (the last norm, the projection) at 1. The
 * block of a tower that has only one is its last: 1.
 *
 * Source: Wang et al., LiNeS, arXiv 2410.17146, whose scale is `alpha + beta (l - 1) / (L - 1)`; what lies outside the
 * blocks is ours.
 *
 * @param parameter name in a parameter layout of `libs/clip`
 * @throws RangeError if the name is none of a tower's parameters.
 */
export function measureDepth(parameter: string, layers: TowerLayers): number {
  const [, tower, block] = /^(vision|text)_model\.encoder\.layers\.(\d+)\./.exec(parameter) ?? [];
  if (tower !== undefined) {
    const count = layers[tower as keyof TowerLayers];
    return count === 1 ? 1 : Number(block) / (count - 1);
  }
  if (/^(vision|text)_model\.embeddings\.|^vision_model\.pre_layrnorm\./.test(parameter)) return 0;
  if (
    /^vision_model\.post_layernorm\.|^text_model\.final_layer_norm\.|^(visual|text)_projection\./.test(
      parameter,
    )
  ) {
    return 1;
  }
  throw new RangeError(`${parameter} lies in no tower`);
}
