import { describe, expect, it } from 'vitest';
import { fuseTransposes } from './fuse-transposes.js';
import type { Value } from './graph.js';
import { createGraphBuilder, type GraphBuilder } from './graph-builder.js';
import { interpretGraph } from './interpreter/interpret-graph.js';

/** A graph of a [5, 2, 3, 4] and b [6, 2, 3, 4], before and after the pass. */
function fuse(emit: (builder: GraphBuilder, a: Value, b: Value) => Value) {
  const builder = createGraphBuilder('g');
  const [a, b] = [builder.input('a', [5, 2, 3, 4]), builder.input('b', [6, 2, 3, 4])];
  builder.output(emit(builder, a, b), 'y');
  const before = builder.build();
  const after = fuseTransposes(before);
  const feeds = new Map(
    [120, 144].map((length, i) => [
      'ab'[i]!,
      Float64Array.from({ length }, (_, j) => Math.sin(j + i)),
    ]),
  );
  expect(interpretGraph(after, feeds)).toEqual(interpretGraph(before, feeds));
  return after.nodes.map(({ op }) => op);
}

const toRows = [1, 2, 0, 3];

describe('fuseTransposes', () => {
  it('strides over factors whose rows are on the first axis, in every orientation', () => {
    const scores = fuse((g, a, b) =>
      g.fusedMatMul(g.transpose(a, toRows), g.transpose(b, toRows), { transB: true, alpha: 2 }),
    );
    expect(scores).toEqual(['FusedMatMul']);
    const squared = fuse((g, a) =>
      g.fusedMatMul(g.transpose(a, toRows), g.transpose(a, toRows), { transA: true }),
    );
    expect(squared).toEqual(['FusedMatMul']);
  });

  it('fuses one factor of two', () => {
    const ops = fuse((g, a, b) => {
      const scores = g.fusedMatMul(g.transpose(a, toRows), g.transpose(b, toRows), {
        transB: true,
      });
      return g.fusedMatMul(g.softmax(scores), g.transpose(b, toRows));
    });
    expect(ops).toEqual(['FusedMatMul', 'Softmax', 'FusedMatMul']);
  });

  it('leaves a Transpose that something else reads, too, and other permutations', () => {
    const shared = fuse((g, a, b) => {
      const [left, right] = [g.transpose(a, toRows), g.transpose(b, toRows)];
      return g.add(g.fusedMatMul(left, g.neg(right), { transB: true }), g.reduceSum(right, [2, 3]));
    });
    expect(shared).toEqual(['Transpose', 'Neg', 'FusedMatMul', 'ReduceSum', 'Add']);
    const other = fuse((g, a) => {
      const swapped = g.transpose(a, [1, 0, 2, 3]);
      return g.fusedMatMul(swapped, swapped, { transB: true });
    });
    expect(other).toEqual(['Transpose', 'FusedMatMul']);
  });

  it('leaves factors that repeat along a leading axis', () => {
    const ops = fuse((g, a, b) =>
      g.fusedMatMul(g.transpose(a, toRows), g.reduceSum(g.transpose(b, [1, 2, 3, 0]), [0])),
    );
    expect(ops[0]).toBe('Transpose');
  });
});
