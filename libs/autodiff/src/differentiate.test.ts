import '@holdfast/testing';
import { createGraphBuilder, interpretGraph, type Op } from '@holdfast/onnx-graph';
import { describe, expect, it } from 'vitest';
import { differentiate } from './differentiate.js';

/** Names of the operators that a builder has beyond its first `count` nodes, sorted. */
function listOps(builder: { nodes: readonly { op: Op }[] }, count: number): Op[] {
  return builder.nodes
    .slice(count)
    .map(({ op }) => op)
    .sort();
}

describe('differentiate', () => {
  it('emits no node for an input that is not wanted', () => {
    const builder = createGraphBuilder('g');
    const [x, w] = [builder.input('x', [2, 3]), builder.input('w', [4, 3])];
    const y = builder.gemm(builder.exp(x), w, { transB: true });
    const count = builder.nodes.length;
    const gradients = differentiate(builder, {
      outputs: [{ value: y, cotangent: builder.input('dy', [2, 4]) }],
      wrt: [w],
    });
    expect([...gradients.keys()]).toEqual([w]);
    expect(listOps(builder, count)).toEqual(['Gemm']);
  });

  it('adds gradients of linear layers within Gemm', () => {
    const builder = createGraphBuilder('g');
    const x = builder.input('x', [2, 3]);
    const weights = ['q', 'k', 'v'].map((name) => builder.input(name, [4, 3]));
    const outputs = weights.map((w, index) => ({
      value: builder.gemm(x, w, { transB: true }),
      cotangent: builder.input(`dy${index}`, [2, 4]),
    }));
    const wrt = [x, ...weights];
    const accumulators = new Map(wrt.map((v) => [v, builder.input(`acc.${v.name}`, v.shape)]));
    const count = builder.nodes.length;
    differentiate(builder, { outputs, wrt, accumulators });
    expect(listOps(builder, count)).toEqual(new Array(6).fill('Gemm'));
    expect(builder.nodes.slice(count).every(({ inputs }) => inputs[2] !== undefined)).toBe(true);
  });

  it('transposes nothing in the gradients of batched products', () => {
    const builder = createGraphBuilder('g');
    const [q, k] = [builder.input('q', [2, 3, 4]), builder.input('k', [2, 5, 4])];
    const scores = builder.fusedMatMul(q, k, { transB: true, alpha: 0.5 });
    const outputs = [{ value: scores, cotangent: builder.input('dy', [2, 3, 5]) }];
    differentiate(builder, { outputs, wrt: [q, k] });
    expect(listOps(builder, 1)).toEqual(['FusedMatMul', 'FusedMatMul']);
  });

  it('sums the bias gradient by a product with ones', () => {
    const builder = createGraphBuilder('g');
    const [x, bias] = [builder.input('x', [6, 3]), builder.input('bias', [3])];
    const outputs = [{ value: builder.add(x, bias), cotangent: builder.input('dy', [6, 3]) }];
    differentiate(builder, { outputs, wrt: [bias] });
    expect(listOps(builder, 1)).toEqual(['Gemm', 'Reshape']);
  });

  it('uses ReduceSum where the ones would fill the model file', () => {
    const builder = createGraphBuilder('g');
    const [x, bias] = [builder.input('x', [100_000, 3]), builder.input('bias', [3])];
    const outputs = [{ value: builder.add(x, bias), cotangent: builder.input('dy', x.shape) }];
    differentiate(builder, { outputs, wrt: [bias] });
    expect(listOps(builder, 1)).toEqual(['ReduceSum', 'Reshape']);
  });

  it('gives the gradient of an intermediate value, such as gathered rows', () => {
    const builder = createGraphBuilder('g');
    const table = builder.input('table', [5, 2]);
    const ids = builder.input('ids', [3], 'int64');
    const rows = builder.gather(table, ids);
    const outputs = [{ value: builder.mul(rows, 3), cotangent: builder.input('dy', [3, 2]) }];
    const gradient = differentiate(builder, { outputs, wrt: [rows] }).get(rows)!;
    expect(listOps(builder, 2)).toEqual(['Mul']);
    builder.output(gradient, 'gradient');
    const feeds = new Map([
      ['table', new Float64Array(10)],
      ['ids', Float64Array.of(0, 1, 2)],
      ['dy', Float64Array.of(1, 2, 3, 4, 5, 6)],
    ]);
    const result = interpretGraph(builder.build(), feeds).get('gradient');
    expect(result).toEqual(Float64Array.of(3, 6, 9, 12, 15, 18));
  });

  it('keeps the accumulator of an intermediate value out of the gradients upstream', () => {
    const builder = createGraphBuilder('g');
    const x = builder.input('x', [1]);
    const inner = builder.mul(x, 2);
    const gradients = differentiate(builder, {
      outputs: [{ value: builder.mul(inner, 5), cotangent: builder.input('dy', [1]) }],
      wrt: [x, inner],
      accumulators: new Map([[inner, builder.input('accumulator', [1])]]),
    });
    builder.output(gradients.get(x)!, 'dx');
    builder.output(gradients.get(inner)!, 'dinner');
    const feeds = new Map(Object.entries({ x: [1], dy: [1], accumulator: [100] }));
    const results = interpretGraph(builder.build(), feeds);
    expect(Object.fromEntries(results)).toEqual({
      dx: Float64Array.of(10),
      dinner: Float64Array.of(105),
    });
  });

  it('adds the cotangents of an output that is read again', () => {
    const builder = createGraphBuilder('g');
    const x = builder.input('x', [1]);
    const y = builder.mul(x, 2);
    const gradients = differentiate(builder, {
      outputs: [
        { value: y, cotangent: builder.input('dy', [1]) },
        { value: builder.mul(y, 10), cotangent: builder.input('dz', [1]) },
      ],
      wrt: [x],
    });
    builder.output(gradients.get(x)!, 'dx');
    const feeds = new Map(Object.entries({ x: [0], dy: [1], dz: [1] }));
    expect(interpretGraph(builder.build(), feeds).get('dx')).toEqual(Float64Array.of(22));
  });

  it('refuses a wanted value on which no output depends', () => {
    const builder = createGraphBuilder('g');
    const [x, other] = [builder.input('x', [1]), builder.input('other', [1])];
    const outputs = [{ value: builder.neg(x), cotangent: builder.input('dy', [1]) }];
    expect(() => differentiate(builder, { outputs, wrt: [other] })).toThrow(
      new RangeError("no output depends on 'other'"),
    );
  });

  it('refuses cotangents and accumulators of another shape', () => {
    const builder = createGraphBuilder('g');
    const x = builder.input('x', [2]);
    const [dy, wrong] = [builder.input('dy', [2]), builder.input('wrong', [3])];
    const value = builder.neg(x);
    const message = (name: string) =>
      new RangeError(`'wrong' is [3], '${name}' [2]: they must be the same`);
    expect(() =>
      differentiate(builder, { outputs: [{ value, cotangent: wrong }], wrt: [x] }),
    ).toThrow(message('Neg_0'));
    const accumulators = new Map([[x, wrong]]);
    expect(() =>
      differentiate(builder, { outputs: [{ value, cotangent: dy }], wrt: [x], accumulators }),
    ).toThrow(message('x'));
  });

  it('refuses what has no rule: statistics of a layer normalization', () => {
    const builder = createGraphBuilder('g');
    const x = builder.input('x', [2, 3]);
    const { mean } = builder.layerNormalization(
      x,
      builder.filled([3], 1),
      builder.filled([3], 0),
      1,
    );
    const outputs = [{ value: mean, cotangent: builder.input('dy', [2, 1]) }];
    expect(() => differentiate(builder, { outputs, wrt: [x] })).toThrow(
      /'LayerNormalization_0': only its first output/,
    );
  });

  it('refuses what has no rule: updates of single elements', () => {
    const builder = createGraphBuilder('g');
    const [data, updates] = [builder.input('data', [2, 2]), builder.input('updates', [1])];
    const y = builder.scatterNdAdd(data, builder.input('ids', [1, 2], 'int64'), updates);
    const outputs = [{ value: y, cotangent: builder.input('dy', [2, 2]) }];
    expect(() => differentiate(builder, { outputs, wrt: [updates] })).toThrow(
      /'ScatterND_0': only updates of whole rows/,
    );
  });
});
