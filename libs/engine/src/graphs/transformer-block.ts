import type { TowerConfig } from '@holdfast/clip';
import type { GraphBuilder, Value } from '@holdfast/onnx-graph';
import type { PieceDefinition, PieceParameter } from './piece.js';

/** Added to scores that look ahead. Minus infinity would make NaN of a row without any other score. */
const maskedScore = -1e9;

export interface BlockShape {
  readonly rows: number;
  readonly tokens: number;
  /** Whether a token sees only itself and the ones before it. */
  readonly causal: boolean;
}

type Lookup = (name: string) => Value;

/**
 * One residual attention block, weights as inputs, so that all layers of a tower share one graph:
 *
 *   h = x + attention(LayerNorm1(x)),   y = h + fc2(activation(fc1(LayerNorm2(h))))
 *
 * `x` [n, tokens, width] -> the same shape.
 */
export function createTransformerBlock(config: TowerConfig, shape: BlockShape): PieceDefinition {
  const { width, activation, layerNormEpsilon } = config;
  const { rows, tokens, causal } = shape;
  const flat = [rows * tokens, width];
  return {
    name: `block heads=${config.heads} causal=${causal} ${activation} epsilon=${layerNormEpsilon}`,
    inputs: [{ name: 'x', shape: [rows, tokens, width], differentiable: true }],
    parameters: listBlockParameters(config),
    outputShape: [rows, tokens, width],
    emit(b, value) {
      const linear = (x: Value, name: string) =>
        b.gemm(x, value(`${name}.weight`), { c: value(`${name}.bias`), transB: true });
      const norm = (x: Value, name: string) =>
        b.layerNormalization(x, value(`${name}.weight`), value(`${name}.bias`), layerNormEpsilon).y;
      const x = b.reshape(value('x'), flat);
      const attended = attend(b, norm(x, 'layer_norm1'), { config, shape, value });
      const h = b.add(x, linear(attended, 'self_attn.out_proj'));
      const hidden = linear(norm(h, 'layer_norm2'), 'mlp.fc1');
      const active = activation === 'gelu' ? b.gelu(hidden) : b.quickGelu(hidden);
      const y = b.add(h, linear(active, 'mlp.fc2'));
      return b.reshape(y, [rows, tokens, width]);
    },
  };
}

/** softmax(q k^T / sqrt(head width) + mask) v over every head: [n tokens, width] -> the same. */
function attend(
  b: GraphBuilder,
  x: Value,
  { config, shape, value }: { config: TowerConfig; shape: BlockShape; value: Lookup },
): Value {
  const { width, heads } = config;
  const { rows, tokens, causal } = shape;
  const headWidth = width / heads;
  const project = (name: string) => {
    const weight = value(`self_attn.${name}_proj.weight`);
    const y = b.gemm(x, weight, { c: value(`self_attn.${name}_proj.bias`), transB: true });
    return b.transpose(b.reshape(y, [rows, tokens, heads, headWidth]), [0, 2, 1, 3]);
  };
  const [q, k, v] = [project('q'), project('k'), project('v')];
  const scores = b.fusedMatMul(q, k, { transB: true, alpha: 1 / Math.sqrt(headWidth) });
  const masked = causal ? b.add(scores, causalMask(b, tokens)) : scores;
  const context = b.fusedMatMul(b.softmax(masked, -1), v);
  return b.reshape(b.transpose(context, [0, 2, 1, 3]), [rows * tokens, width]);
}

function causalMask(b: GraphBuilder, tokens: number): Value {
  const mask = new Float32Array(tokens * tokens);
  for (let row = 0; row < tokens; row += 1) {
    mask.fill(maskedScore, row * tokens + row + 1, (row + 1) * tokens);
  }
  return b.constant(mask, [tokens, tokens]);
}

function listBlockParameters({ width, mlpWidth }: TowerConfig): readonly PieceParameter[] {
  const linear = (name: string, outputs: number, inputs: number): PieceParameter[] => [
    { name: `${name}.weight`, shape: [outputs, inputs] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
  const norm = (name: string): PieceParameter[] => [
    { name: `${name}.weight`, shape: [width] },
    { name: `${name}.bias`, shape: [width] },
  ];
  return [
    ...norm('layer_norm1'),
    ...linear('self_attn.q_proj', width, width),
    ...linear('self_attn.k_proj', width, width),
    ...linear('self_attn.v_proj', width, width),
    ...linear('self_attn.out_proj', width, width),
    ...norm('layer_norm2'),
    ...linear('mlp.fc1', mlpWidth, width),
    ...linear('mlp.fc2', width, mlpWidth),
  ];
}
