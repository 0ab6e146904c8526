import type { TowerConfig } from '@holdfast/clip';
import type { GraphBuilder, Value } from '@holdfast/onnx-graph';
import {
  type AdapterShape,
  createBlockLayers,
  describeAdapter,
  listBlockParameters,
} from './block-layers.js';
import type { PieceDefinition } from './piece-definition.js';

/** Added to scores that look ahead. Minus infinity would make NaN of a row without any other score. */
export const maskedScore = -1e9;

export interface BlockShape {
  readonly rows: number;
  readonly tokens: number;
  /** Whether a token sees only itself and the ones before it. */
  readonly causal: boolean;
  readonly adapter?: AdapterShape | undefined;
}

/**
 * One residual attention block, weights as inputs, so that all layers of a tower share one graph:
 *
 *   h = x + attention(LayerNorm1(x)),   y = h + fc2(activation(fc1(LayerNorm2(h))))
 *
 * `x` [tokens n, width], the first token of every row first, -> the same shape. In this order products
 * of attention read queries, keys and values where the linear layers left them.
 */
export function createTransformerBlock(config: TowerConfig, shape: BlockShape): PieceDefinition {
  const { width, heads, activation, layerNormEpsilon } = config;
  const { rows, tokens, causal, adapter } = shape;
  return {
    // The inputs have only the product of tokens and rows.
    name: `block tokens=${tokens} heads=${heads} causal=${causal} ${activation} epsilon=${layerNormEpsilon}${describeAdapter(adapter)}`,
    inputs: [{ name: 'x', shape: [tokens * rows, width], differentiable: true }],
    parameters: listBlockParameters(config, adapter),
    outputShape: [tokens * rows, width],
    emit(b, value, checkpoint) {
      const layers = createBlockLayers(b, { config, adapter }, value);
      const x = value('x');
      const normed = layers.norm(x, 'layer_norm1');
      const [q, k, v] = (['q', 'k', 'v'] as const).map((name) =>
        layers.project(normed, name, [rows, tokens]),
      );
      const scores = layers.score(q!, k!);
      const masked = causal ? b.add(scores, causalMask(b, tokens)) : scores;
      const context = b.transpose(b.fusedMatMul(b.softmax(masked, -1), v!), [2, 0, 1, 3]);
      // With these two the way back needs neither the product p v nor out_proj again.
      const attended = checkpoint(b.reshape(context, [tokens * rows, width]));
      const h = checkpoint(b.add(x, layers.linear(attended, 'self_attn.out_proj')));
      return layers.addMlp(h);
    },
  };
}

function causalMask(b: GraphBuilder, tokens: number): Value {
  const mask = new Float32Array(tokens * tokens);
  for (let row = 0; row < tokens; row += 1) {
    mask.fill(maskedScore, row * tokens + row + 1, (row + 1) * tokens);
  }
  return b.constant(mask, [tokens, tokens]);
}
