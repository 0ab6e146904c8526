import { describe, expect, it } from 'vitest';
import { createGraphBuilder, type GraphBuilder } from './graph-builder.js';

function declare(builder: GraphBuilder) {
  return {
    x: builder.input('x', [2, 3]),
    y: builder.input('y', [4, 5]),
    vector: builder.input('vector', [3]),
    scalar: builder.input('scalar', []),
    ids: builder.input('ids', [2], 'int64'),
  };
}

type Values = ReturnType<typeof declare>;

describe('shape inference', () => {
  it.each<[string, (b: GraphBuilder, v: Values) => unknown, RegExp]>([
    ['gemm of other inner sizes', (b, v) => b.gemm(v.x, v.y), /'Gemm_0': inner sizes 3 and 4/],
    ['gemm of a vector', (b, v) => b.gemm(v.vector, v.y), /'Gemm_0': .* matrices/],
    [
      'gemm with a c that is too wide',
      (b, v) => b.gemm(v.x, v.x, { transB: true, c: v.y }),
      /'Gemm_0': c /,
    ],
    [
      'matMul of other inner sizes',
      (b, v) => b.matMul(v.x, v.x),
      /'MatMul_0': inner sizes 3 and 2/,
    ],
    ['matMul of a vector', (b, v) => b.matMul(v.vector, v.x), /'MatMul_0': .* two axes/],
    [
      'fusedMatMul of other batches',
      (b, v) => b.fusedMatMul(b.expand(v.x, [2, 2, 3]), b.expand(v.x, [5, 2, 3]), { transB: true }),
      /'FusedMatMul_2': leading axes/,
    ],
    ['add of other shapes', (b, v) => b.add(v.x, v.y), /'Add_0': shapes do not broadcast/],
    ['add of integers', (b, v) => b.add(v.ids, 1), /'Add_0': operands must be float32/],
    ['where without a mask', (b, v) => b.where(v.x, 1, 0), /'Where_0': .* bool/],
    [
      'layerNormalization by another width',
      (b, v) => b.layerNormalization(v.y, v.vector, v.vector, 1),
      /must be \[5\]/,
    ],
    [
      'layerNormalization of a scalar',
      (b, v) => b.layerNormalization(v.scalar, v.vector, v.vector, 1),
      /needs an axis/,
    ],
    ['argMax along no axis', (b, v) => b.argMax(v.x, 2), /'ArgMax_0': no axis 2/],
    ['size of no axis', (b, v) => b.size(v.x, 2), /'Shape_0': no axis 2/],
    ['softmax along no axis', (b, v) => b.softmax(v.x, 2), /'Softmax_0': no axis 2/],
    ['reshape to another count', (b, v) => b.reshape(v.x, [4, -1]), /'Reshape_0': .* \[4,-1\]/],
    ['reshape with two open sizes', (b, v) => b.reshape(v.x, [-1, -1]), /'Reshape_0'/],
    ['transpose by no permutation', (b, v) => b.transpose(v.x, [0, 0]), /'Transpose_0': \[0,0\]/],
    ['expand to a smaller shape', (b, v) => b.expand(v.x, [3]), /'Expand_0'/],
    ['slice beyond the end', (b, v) => b.slice(v.x, 1, 1, 4), /'Slice_0': 1\.\.4/],
    ['slice along no axis', (b, v) => b.slice(v.x, 2, 0, 1), /'Slice_0': no axis 2/],
    ['concat of nothing', (b) => b.concat([], 0), /'Concat_0': nothing/],
    ['concat of other rows', (b, v) => b.concat([v.x, v.y], 0), /'Concat_0': axes other than 0/],
    ['concat along no axis', (b, v) => b.concat([v.x], 3), /'Concat_0': no axis 3/],
    ['split that leaves a rest', (b, v) => b.split(v.x, 1, [1, 1]), /'Split_0': \[1,1\]/],
    ['split along no axis', (b, v) => b.split(v.x, 5, [1, 1]), /'Split_0': no axis 5/],
    ['pad by less than nothing', (b, v) => b.pad(v.x, 0, -1, 0), /'Pad_0': cannot put -1/],
    ['gather along no axis', (b, v) => b.gather(v.x, v.ids, 2), /'Gather_0': no axis 2/],
    ['gather by numbers', (b, v) => b.gather(v.x, v.vector), /'Gather_0': indices must be int64/],
    ['scatter by numbers', (b, v) => b.scatterNdAdd(v.x, v.y, v.y), /'ScatterND_0': .* int64/],
    ['scatter of too many axes', (b, v) => b.scatterNdAdd(v.scalar, v.ids, v.x), /address 2 axes/],
    ['scatter of other updates', (b, v) => b.scatterNdAdd(v.x, v.ids, v.x), /updates must be \[\]/],
    [
      'reduction over an axis twice',
      (b, v) => b.reduceSum(v.x, [1, -1]),
      /'ReduceSum_0': \[1,-1\]/,
    ],
    ['reduction over nothing', (b, v) => b.reduceMean(v.x, []), /'ReduceMean_0'/],
    [
      'a constant of another count',
      (b) => b.constant(Float32Array.of(1), [2], 'c'),
      /'c': 1 elements/,
    ],
    ['a shape that is not static', (b) => b.input('open', [-1]), /'open': \[-1\]/],
    ['a name that is taken', (b) => b.input('x', [1]), /the name 'x' is taken/],
  ])('refuses %s', (_, apply, message) => {
    const builder = createGraphBuilder('g');
    const values = declare(builder);
    const attempt = () => apply(builder, values);
    expect(attempt).toThrow(
      expect.toSatisfy((error) => error instanceof RangeError && message.test(error.message)),
    );
  });

  it('names every input with its shape and type', () => {
    const builder = createGraphBuilder('g');
    const { x, y } = declare(builder);
    expect(() => builder.add(x, y)).toThrow(/inputs 'x' \[2,3\] float32, 'y' \[4,5\] float32/);
  });

  it('finds the shapes of products, reductions and joins', () => {
    const builder = createGraphBuilder('g');
    const x = builder.input('x', [2, 3, 4]);
    expect(builder.fusedMatMul(x, x, { transB: true }).shape).toEqual([2, 3, 3]);
    expect(builder.reduceMean(x, [0, -1], false).shape).toEqual([3]);
    expect(builder.concat([x, x], -1).shape).toEqual([2, 3, 8]);
    expect(builder.reshape(x, [-1, 4]).shape).toEqual([6, 4]);
    expect(builder.greater(x, 0).dataType).toBe('bool');
  });
});

describe('a graph builder', () => {
  it('returns the value itself where there is nothing to move', () => {
    const builder = createGraphBuilder('g');
    const { x } = declare(builder);
    expect(builder.reshape(x, [2, -1])).toBe(x);
    expect(builder.transpose(x, [0, 1])).toBe(x);
    expect(builder.expand(x, [2, 3])).toBe(x);
    expect(builder.nodes).toHaveLength(0);
  });

  it('stores equal small constants and fills once', () => {
    const builder = createGraphBuilder('g');
    expect(builder.scalar(2)).toBe(builder.constant(Float32Array.of(2), []));
    expect(builder.filled([100], 1)).toBe(builder.filled([100], 1));
    expect(builder.scalar(0)).not.toBe(builder.scalar(-0));
    expect(builder.filled([100], 1)).not.toBe(builder.filled([100], 2));
    const large = new Float32Array(100);
    expect(builder.constant(large, [100])).not.toBe(builder.constant(large, [100]));
  });

  it('leaves out the nodes and constants that no output needs', () => {
    const builder = createGraphBuilder('g');
    const { x } = declare(builder);
    builder.mul(x, 3);
    builder.output(builder.add(x, 5), 'result');
    const graph = builder.build();
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Add']);
    expect(graph.constants.map(({ data }) => data[0])).toEqual([5]);
  });

  it('keeps inputs that nothing reads, so that callers can feed what they declared', () => {
    const builder = createGraphBuilder('g');
    const { x } = declare(builder);
    builder.output(builder.neg(x), 'result');
    expect(builder.build().inputs).toHaveLength(5);
  });

  it('refuses a value of another graph', () => {
    const other = createGraphBuilder('other').input('z', [1]);
    const builder = createGraphBuilder('g');
    expect(() => builder.neg(other)).toThrow(/'Neg_0': 'z' is not a value of graph 'g'/);
    expect(() => builder.output(other, 'y')).toThrow(/'z' is not a value of graph 'g'/);
  });

  it('refuses an output by the name of an input or of another output', () => {
    const builder = createGraphBuilder('g');
    const { x } = declare(builder);
    const y = builder.neg(x);
    builder.output(y, 'result');
    expect(() => builder.output(x, 'result')).toThrow(/the name 'result' is taken/);
    expect(() => builder.output(y, 'x')).toThrow(/the name 'x' is taken/);
  });
});
