import { adaptedLayers, nameAdapter, type TowerConfig } from '@holdfast/clip';
import type { GraphBuilder, Value } from '@holdfast/onnx-graph';
import type { PieceParameter } from './piece-definition.js';

/** QuickGelu is x sigmoid(1.702 x). */
const quickGeluScale = 1.702;

/** Low-rank changes of a block's linear layers: W + scale B A. */
export interface AdapterShape {
  readonly rank: number;
  readonly scale: number;
}

/** Factors of a linear layer's result: alpha x W^T + beta b. */
interface LinearScale {
  readonly alpha?: number;
  readonly beta?: number;
}

/** The layers of a transformer block, over parameters by their names in the block. */
export interface BlockLayers {
  /** LayerNorm of rows. */
  norm(x: Value, name: string): Value;
  /** x W^T + b; with an adapter x W^T + b + scale (x A^T) B^T. */
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
  {
    config,
    adapter,
  }: { readonly config: TowerConfig; readonly adapter?: AdapterShape | undefined },
  value: (name: string) => Value,
): BlockLayers {
  const { width, heads, activation, layerNormEpsilon } = config;
  const headWidth = width / heads;

  function norm(x: Value, name: string): Value {
    const [scale, bias] = [value(`${name}.weight`), value(`${name}.bias`)];
    return b.layerNormalization(x, scale, bias, layerNormEpsilon).y;
  }

  function linear(x: Value, name: string, { alpha = 1, beta = 1 }: LinearScale = {}): Value {
    const c = value(`${name}.bias`);
    const y = b.gemm(x, value(`${name}.weight`), { c, alpha, beta, transB: true });
    if (adapter === undefined) return y;
    const inner = b.gemm(x, value(nameAdapter(name, 'A')), { transB: true });
    const options = { c: y, alpha: alpha * adapter.scale, transB: true };
    return b.gemm(inner, value(nameAdapter(name, 'B')), options);
  }

  function addMlp(h: Value): Value {
    const x = norm(h, 'layer_norm2');
    if (activation === 'gelu') {
      return b.add(h, linear(b.gelu(linear(x, 'mlp.fc1')), 'mlp.fc2'));
    }
    // 1.702 x comes out of the first product and 1 / 1.702 goes into the second: between them is
    // z sigmoid(z), whose derivative takes two passes over memory less.
    const scaled = linear(x, 'mlp.fc1', { alpha: quickGeluScale, beta: quickGeluScale });
    return b.add(h, linear(b.quickGelu(scaled, 1), 'mlp.fc2', { alpha: 1 / quickGeluScale }));
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
export function listBlockParameters(
  { width, mlpWidth }: TowerConfig,
  adapter?: AdapterShape,
): readonly PieceParameter[] {
  const linear = (name: string, outputs: number, inputs: number): PieceParameter[] => [
    { name: `${name}.weight`, shape: [outputs, inputs] },
    // A row, so that its gradient needs no other shape.
    { name: `${name}.bias`, shape: [1, outputs] },
  ];
  const norm = (name: string): PieceParameter[] => [
    { name: `${name}.weight`, shape: [width] },
    { name: `${name}.bias`, shape: [width] },
  ];
  const listFactors = (name: string): PieceParameter[] => [
    { name: nameAdapter(name, 'A'), shape: [adapter!.rank, name === 'mlp.fc2' ? mlpWidth : width] },
    { name: nameAdapter(name, 'B'), shape: [name === 'mlp.fc1' ? mlpWidth : width, adapter!.rank] },
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
    ...(adapter === undefined ? [] : adaptedLayers.flatMap(listFactors)),
  ];
}

/** What tells blocks with one adapter from others. */
export function describeAdapter(adapter: AdapterShape | undefined): string {
  return adapter === undefined ? '' : ` adapter scale=${adapter.scale}`;
}
