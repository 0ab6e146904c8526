import type { TowerConfig } from '@holdfast/clip';
import type { GraphBuilder, Value } from '@holdfast/onnx-graph';
import type { PieceParameter } from './piece.js';

/** QuickGelu is x sigmoid(1.702 x). */
const quickGeluScale = 1.702;

/** The layers of a transformer block, over parameters by their names in the block. */
export interface BlockLayers {
  /** LayerNorm of rows. */
  norm(x: Value, name: string): Value;
  /** x W^T + b */
  linear(x: Value, name: string): Value;
  /** Queries, keys or values: [tokens rows, width] -> [rows, heads, tokens, head width]. */
  project(x: Value, name: 'q' | 'k' | 'v', shape: readonly [rows: number, tokens: number]): Value;
  /** q k^T / sqrt(head width) */
  score(q: Value, k: Value): Value;
  /** h + fc2(activation(fc1(LayerNorm2(h)))) */
  addMlp(h: Value): Value;
}

/** Emits a block's layers into a builder. */
export function createBlockLayers(
  b: GraphBuilder,
  config: TowerConfig,
  value: (name: string) => Value,
): BlockLayers {
  const { width, heads, activation, layerNormEpsilon } = config;
  const headWidth = width / heads;

  function norm(x: Value, name: string): Value {
    const [scale, bias] = [value(`${name}.weight`), value(`${name}.bias`)];
    return b.layerNormalization(x, scale, bias, layerNormEpsilon).y;
  }

  function linear(x: Value, name: string): Value {
    return b.gemm(x, value(`${name}.weight`), { c: value(`${name}.bias`), transB: true });
  }

  function addMlp(h: Value): Value {
    const x = norm(h, 'layer_norm2');
    const [fc1, fc2] = ['mlp.fc1', 'mlp.fc2'].map((name) => ({
      weight: value(`${name}.weight`),
      bias: value(`${name}.bias`),
    }));
    if (activation === 'gelu') {
      const hidden = b.gemm(x, fc1!.weight, { c: fc1!.bias, transB: true });
      return b.add(h, b.gemm(b.gelu(hidden), fc2!.weight, { c: fc2!.bias, transB: true }));
    }
    // 1.702 x comes out of the first product and 1 / 1.702 goes into the second: between them is
    // z sigmoid(z), whose derivative takes two passes over memory less.
    const scale = { alpha: quickGeluScale, beta: quickGeluScale, transB: true };
    const scaled = b.gemm(x, fc1!.weight, { c: fc1!.bias, ...scale });
    const unscale = { alpha: 1 / quickGeluScale, transB: true };
    const y = b.gemm(b.quickGelu(scaled, 1), fc2!.weight, { c: fc2!.bias, ...unscale });
    return b.add(h, y);
  }

  return {
    norm,
    linear,
    addMlp,
    project(x, name, [rows, tokens]) {
      const y = linear(x, `self_attn.${name}_proj`);
      // A single token needs no transposition.
      if (tokens === 1) return b.reshape(y, [rows, heads, 1, headWidth]);
      return b.transpose(b.reshape(y, [tokens, rows, heads, headWidth]), [1, 2, 0, 3]);
    },
    score: (q, k) => b.fusedMatMul(q, k, { transB: true, alpha: 1 / Math.sqrt(headWidth) }),
  };
}

/** A block's parameters, by their names in the block. */
export function listBlockParameters({ width, mlpWidth }: TowerConfig): readonly PieceParameter[] {
  const linear = (name: string, outputs: number, inputs: number): PieceParameter[] => [
    { name: `${name}.weight`, shape: [outputs, inputs] },
    // A row, so that its gradient needs no other shape.
    { name: `${name}.bias`, shape: [1, outputs] },
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
