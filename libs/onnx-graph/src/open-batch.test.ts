import { describe, expect, it } from 'vitest';
import { createGraphBuilder, type GraphBuilder } from './graph-builder.js';
import { interpretGraph } from './interpreter/interpret-graph.js';
import { openBatch } from './open-batch.js';

function build(rows: number, emit: (builder: GraphBuilder, rows: number) => void) {
  const builder = createGraphBuilder('g');
  emit(builder, rows);
  return builder.build();
}

const open = (emit: (builder: GraphBuilder, rows: number) => void) =>
  openBatch(build(2, emit), build(3, emit), 'x');

/** Rows of x, each behind a row of its own, [1 + 4, rows, 3], as [5 rows, 3]. */
function addRow(b: GraphBuilder, rows: number) {
  const x = b.input('x', [rows, 12]);
  const tokens = b.transpose(b.reshape(x, [rows, 4, 3]), [1, 0, 2]);
  const own = b.expand(b.constant(Float32Array.of(7, 8, 9), [1, 3]), [rows, 3]);
  const all = b.concat([own, b.reshape(tokens, [4 * rows, 3])], 0);
  // A fixed Reshape and a fixed Expand, beside those of the rows.
  const fixed = b.expand(b.reshape(b.constant(Float32Array.of(1, 2, 3), [3]), [1, 3]), [1, 1, 3]);
  b.output(b.add(b.reshape(all, [5, rows, 3]), fixed), 'y');
}

describe('openBatch', () => {
  it('opens the sizes that depend on the rows and keeps all others', () => {
    const graph = open(addRow);
    const shapes = new Map(
      graph.constants.map(({ value, data }) => [value, [...data].map(Number)]),
    );
    const given = graph.nodes.flatMap(({ op, inputs }) =>
      op === 'Reshape' || op === 'Expand' ? [[op, shapes.get(inputs[1]!)]] : [],
    );
    expect(given).toEqual([
      ['Reshape', [-1, 4, 3]],
      ['Expand', undefined],
      ['Reshape', [-1, 3]],
      ['Reshape', [1, 3]],
      ['Expand', [1, 1, 3]],
      ['Reshape', [5, -1, 3]],
    ]);
    const names = graph.nodes.map(({ op }) => op);
    expect(names.slice(2, 5)).toEqual(['Shape', 'Concat', 'Expand']);
  });

  it('computes the same', () => {
    const feeds = new Map([['x', Float64Array.from({ length: 24 }, (_, i) => i)]]);
    expect(interpretGraph(open(addRow), feeds)).toEqual(interpretGraph(build(2, addRow), feeds));
  });

  it('refuses what it cannot open', () => {
    const square = (b: GraphBuilder, rows: number) =>
      b.output(
        b.reshape(b.matMul(b.input('x', [rows, 1]), b.filled([1, rows], 1)), [rows, 1, rows]),
        'y',
      );
    expect(() => open(square)).toThrow('two sizes depend on the rows');
    const vanishing = (b: GraphBuilder, rows: number) =>
      b.output(b.neg(b.reshape(b.input('x', [rows]), rows === 2 ? [2] : [3, 1])), 'y');
    expect(() => open(vanishing)).toThrow('other nodes for another number');
    expect(() => openBatch(build(2, addRow), build(3, addRow), 'z')).toThrow("no input 'z'");
  });
});
