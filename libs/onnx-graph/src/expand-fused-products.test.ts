import { describe, expect, it } from 'vitest';
import { expandFusedProducts } from './expand-fused-products.js';
import { fuseTransposes } from './fuse-transposes.js';
import { createGraphBuilder } from './graph-builder.js';
import { interpretGraph } from './interpreter/interpret-graph.js';

const flags = [false, true];
const cases = flags.flatMap((transA) =>
  flags.flatMap((transB) =>
    [1, 0.5].flatMap((alpha) => flags.map((batch) => ({ transA, transB, alpha, batch }))),
  ),
);

/** A product of [rows 3, inner 4] and [inner 4, columns 5] for each of [2, 2]. */
function createProduct(options: (typeof cases)[number]) {
  const builder = createGraphBuilder('g');
  const factor = (name: string, matrix: readonly number[]) => {
    if (!options.batch) return builder.input(name, [2, 2, ...matrix]);
    const value = builder.input(name, [matrix[0]!, 2, 2, matrix[1]!]);
    return builder.transpose(value, [1, 2, 0, 3]);
  };
  const a = factor('a', options.transA ? [4, 3] : [3, 4]);
  const b = factor('b', options.transB ? [5, 4] : [4, 5]);
  builder.output(builder.fusedMatMul(a, b, options), 'y');
  return fuseTransposes(builder.build());
}

describe('expandFusedProducts', () => {
  it.each(cases)('leaves no fused product and the same numbers: %o', (options) => {
    const before = createProduct(options);
    const after = expandFusedProducts(before);
    const ops = after.nodes.map(({ op }) => op);
    const turned = [options.transA || options.batch, options.transB || options.batch];
    expect(ops).toEqual([
      ...turned.filter(Boolean).map(() => 'Transpose'),
      'MatMul',
      ...(options.alpha === 1 ? [] : ['Mul']),
    ]);
    const feeds = new Map(
      [48, 80].map((length, i) => ['ab'[i]!, Float64Array.from({ length }, (_, j) => j + i)]),
    );
    expect(interpretGraph(after, feeds)).toEqual(interpretGraph(before, feeds));
  });

  it('keeps everything else', () => {
    const builder = createGraphBuilder('g');
    const x = builder.input('x', [2, 3]);
    builder.output(builder.add(builder.gemm(x, x, { transB: true }), 1), 'y');
    const graph = builder.build();
    expect(expandFusedProducts(graph)).toEqual(graph);
  });
});
