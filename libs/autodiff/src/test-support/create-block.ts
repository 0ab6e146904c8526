import type { GraphBuilder, Value } from '@holdfast/onnx-graph';

/** Sizes of a transformer block. */
export interface BlockSizes {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly mlpWidth: number;
  readonly activation: 'quickGelu' | 'gelu';
  readonly isCausal: boolean;
}

/** A pre-norm transformer block as CLIP has it, on rows [tokens * batch, width]. */
export function createBlock(builder: GraphBuilder, sizes: BlockSizes) {
  const { batch, tokens, heads, headWidth, mlpWidth } = sizes;
  const width = heads * headWidth;
  const wrt: Value[] = [];
  const declare = (name: string, shape: readonly number[]) => {
    const value = builder.input(name, shape);
    wrt.push(value);
    return value;
  };
  const linear = (name: string, x: Value, outputs: number, inputs: number) => {
    const weight = declare(`${name}.weight`, [outputs, inputs]);
    return builder.gemm(x, weight, { c: declare(`${name}.bias`, [outputs]), transB: true });
  };
  const normalize = (name: string, x: Value) => {
    const scale = declare(`${name}.weight`, [width]);
    return builder.layerNormalization(x, scale, declare(`${name}.bias`, [width]), 1e-5).y;
  };
  const split = (x: Value) =>
    builder.transpose(builder.reshape(x, [tokens, batch, heads, headWidth]), [1, 2, 0, 3]);

  const x = declare('x', [tokens * batch, width]);
  const normalized = normalize('norm1', x);
  const [q, k, v] = ['q', 'k', 'v'].map((name) => split(linear(name, normalized, width, width)));
  const scores = builder.fusedMatMul(q!, k!, { transB: true, alpha: headWidth ** -0.5 });
  const masked = sizes.isCausal ? builder.add(scores, createCausalMask(builder, tokens)) : scores;
  const mixed = builder.fusedMatMul(builder.softmax(masked), v!);
  const joined = builder.reshape(builder.transpose(mixed, [2, 0, 1, 3]), [tokens * batch, width]);
  const middle = builder.add(x, linear('o', joined, width, width));
  const hidden = linear('fc1', normalize('norm2', middle), mlpWidth, width);
  const activated = builder[sizes.activation](hidden);
  const y = builder.add(middle, linear('fc2', activated, width, mlpWidth));
  return { x, y, wrt };
}

/** 0 where a token may look, -1e9 where it may not: minus infinity makes NaN in Softmax. */
function createCausalMask(builder: GraphBuilder, tokens: number): Value {
  const mask = Float32Array.from({ length: tokens * tokens }, (_, i) =>
    i % tokens > Math.floor(i / tokens) ? -1e9 : 0,
  );
  return builder.constant(mask, [tokens, tokens]);
}
