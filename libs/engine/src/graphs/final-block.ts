import type { TowerConfig } from '@holdfast/clip';
import {
  type AdapterShape,
  createBlockLayers,
  describeAdapter,
  listBlockParameters,
} from './block-layers.js';
import type { PieceDefinition, PieceInput } from './piece-definition.js';
import { headInputs, listHeadInputs, type ProjectionShape, projectRows } from './projection.js';

/** Sizes of a tower's last piece, and where its parameters are. */
export interface FinalShape {
  readonly rows: number;
  readonly tokens: number;
  /** What stands before the last block's parameters: `vision_model.encoder.layers.11.`. */
  readonly block: string;
  /** Name of the final LayerNorm's parameters. */
  readonly norm: string;
  /** Absent where the piece ends with r, the pooled row. */
  readonly projection?: ProjectionShape | undefined;
  /** Whether rows see only some of the tokens: then `mask` is an input. */
  readonly masked: boolean;
  readonly adapter?: AdapterShape | undefined;
}

/** Names of the inputs of {@link createFinalBlock}. */
export const finalInputs = { x: 'x', pooled: 'pooled', mask: 'mask', ...headInputs } as const;

/**
 * The last block of a tower, for the token that stands for its row only, and what follows:
 *
 *   h = p + attention(LayerNorm1(p), over LayerNorm1(x)),   y = h + MLP(LayerNorm2(h))
 *   r = LayerNorm(y),   e = normalise(r W^T + (r A) B)
 *
 * No other token's output is read by anything, so only keys and values are computed for all tokens.
 *
 * `x` [tokens n, width] and its rows `pooled` [n, width] -> embeddings [n, d]. `mask` [n, 1, 1, tokens]
 * is added to the scores. With heads, `A` [n, width, rank] and `B` [n, rank, d] are each row's own
 * factors, gathered by the caller (zeros for a row without a head, which leaves r W^T bit for bit).
 */
export function createFinalBlock(config: TowerConfig, shape: FinalShape): PieceDefinition {
  const { width, heads, activation, layerNormEpsilon } = config;
  const { rows, tokens, norm, projection, masked, adapter } = shape;
  const sizes = `heads=${heads} ${activation} epsilon=${layerNormEpsilon}`;
  return {
    name: `final ${sizes}${describeAdapter(adapter)}`,
    inputs: listInputs(config, shape),
    parameters: [
      ...listBlockParameters(config, adapter).map(({ name, shape: size }) => ({
        name: shape.block + name,
        shape: size,
      })),
      { name: `${norm}.weight`, shape: [width] },
      { name: `${norm}.bias`, shape: [width] },
      ...(projection
        ? [{ name: `${projection.name}.weight`, shape: [projection.size, width] }]
        : []),
    ],
    outputShape: [rows, projection?.size ?? width],
    emit(b, value) {
      const layers = createBlockLayers(b, { config, adapter }, (name) => value(shape.block + name));
      const pooled = value(finalInputs.pooled);
      const x = layers.norm(value(finalInputs.x), 'layer_norm1');
      const q = layers.project(layers.norm(pooled, 'layer_norm1'), 'q', [rows, 1]);
      const k = layers.project(x, 'k', [rows, tokens]);
      const v = layers.project(x, 'v', [rows, tokens]);
      const scores = layers.score(q, k);
      const visible = masked ? b.add(scores, value(finalInputs.mask)) : scores;
      const context = b.reshape(b.fusedMatMul(b.softmax(visible, -1), v), [rows, width]);
      const h = b.add(pooled, layers.linear(context, 'self_attn.out_proj'));
      const [scale, bias] = [value(`${norm}.weight`), value(`${norm}.bias`)];
      const r = b.layerNormalization(layers.addMlp(h), scale, bias, layerNormEpsilon).y;
      return projection === undefined ? r : projectRows(b, r, { value, projection });
    },
  };
}

function listInputs({ width }: TowerConfig, shape: FinalShape): readonly PieceInput[] {
  const { rows, tokens, masked, projection } = shape;
  const mask = { name: finalInputs.mask, shape: [rows, 1, 1, tokens], differentiable: false };
  return [
    { name: finalInputs.x, shape: [tokens * rows, width], differentiable: true },
    { name: finalInputs.pooled, shape: [rows, width], differentiable: true },
    ...(masked ? [mask] : []),
    ...(projection === undefined ? [] : listHeadInputs(projection, { rows, width })),
  ];
}
