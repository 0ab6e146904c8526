import type { TowerConfig } from '@holdfast/clip';
import type { GraphBuilder, Value } from '@holdfast/onnx-graph';
import { createBlockLayers, listBlockParameters } from './block-layers.js';
import type { PieceDefinition, PieceInput } from './piece.js';

/** Sizes of a tower's last piece, and where its parameters are. */
export interface FinalShape {
  readonly rows: number;
  readonly tokens: number;
  readonly projectionSize: number;
  /** What stands before the last block's parameters: `vision_model.encoder.layers.11.`. */
  readonly block: string;
  /** Name of the final LayerNorm's parameters and of the projection's. */
  readonly norm: string;
  readonly projection: string;
  /** Whether rows see only some of the tokens: then `mask` is an input. */
  readonly masked: boolean;
  /** Rank of task-dependent heads; 0 without heads. */
  readonly rank: number;
}

/** Names of the inputs of {@link createFinalBlock}. */
export const finalInputs = { x: 'x', pooled: 'pooled', mask: 'mask', A: 'A', B: 'B' } as const;

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
  const { rows, tokens, projectionSize, norm, projection, masked } = shape;
  return {
    name: `final heads=${heads} ${activation} epsilon=${layerNormEpsilon}`,
    inputs: listInputs(config, shape),
    parameters: [
      ...listBlockParameters(config).map(({ name, shape: size }) => ({
        name: shape.block + name,
        shape: size,
      })),
      { name: `${norm}.weight`, shape: [width] },
      { name: `${norm}.bias`, shape: [width] },
      { name: `${projection}.weight`, shape: [projectionSize, width] },
    ],
    outputShape: [rows, projectionSize],
    emit(b, value) {
      const layers = createBlockLayers(b, config, (name) => value(shape.block + name));
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
      const shared = b.gemm(r, value(`${projection}.weight`), { transB: true });
      return normalize(b, shape.rank === 0 ? shared : b.add(shared, applyHeads(b, r, value)));
    },
  };
}

function listInputs({ width }: TowerConfig, shape: FinalShape): readonly PieceInput[] {
  const { rows, tokens, rank, projectionSize, masked } = shape;
  const inputs: PieceInput[] = [
    { name: finalInputs.x, shape: [tokens * rows, width], differentiable: true },
    { name: finalInputs.pooled, shape: [rows, width], differentiable: true },
  ];
  if (masked) {
    inputs.push({ name: finalInputs.mask, shape: [rows, 1, 1, tokens], differentiable: false });
  }
  if (rank > 0) {
    inputs.push({ name: finalInputs.A, shape: [rows, width, rank], differentiable: true });
    inputs.push({ name: finalInputs.B, shape: [rows, rank, projectionSize], differentiable: true });
  }
  return inputs;
}

/** (r A) B, row by row. */
function applyHeads(b: GraphBuilder, r: Value, value: (name: string) => Value): Value {
  const [rows, width] = r.shape as [number, number];
  const factor = value(finalInputs.B);
  const inner = b.fusedMatMul(b.reshape(r, [rows, 1, width]), value(finalInputs.A));
  return b.reshape(b.fusedMatMul(inner, factor), [rows, factor.shape.at(-1)!]);
}

/** Rows divided by their L2 norms. */
function normalize(b: GraphBuilder, y: Value): Value {
  return b.div(y, b.sqrt(b.reduceSum(b.mul(y, y), [1])));
}
