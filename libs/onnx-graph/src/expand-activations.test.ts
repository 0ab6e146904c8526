import '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { expandActivations } from './expand-activations.js';
import { createGraphBuilder, type GraphBuilder } from './graph-builder.js';
import { interpretGraph } from './interpreter/interpret-graph.js';

function build(emit: (builder: GraphBuilder) => void) {
  const builder = createGraphBuilder('g');
  emit(builder);
  return builder.build();
}

describe('expandActivations', () => {
  it('leaves operators of ONNX only, and the same numbers', () => {
    const graph = build((b) => {
      const x = b.input('x', [7]);
      b.output(b.quickGelu(x), 'plain');
      b.output(b.quickGelu(x, 1), 'unscaled');
      b.output(b.neg(b.gelu(x)), 'gelu');
    });
    const expanded = expandActivations(graph);
    expect(expanded.nodes.every(({ domain }) => domain === '')).toBe(true);
    expect(expanded.nodes.map(({ op }) => op).join(' ')).toBe(
      'Mul Sigmoid Mul Sigmoid Mul Mul Erf Mul Add Mul Neg',
    );
    const feeds = new Map([['x', [-30, -2, -0.1, 0, 0.1, 2, 30]]]);
    const before = interpretGraph(graph, feeds);
    // Constants are float32; nothing else is rounded.
    for (const [name, data] of interpretGraph(expanded, feeds)) {
      expect(data).toBeAllclose(before.get(name)!, { rtol: 1e-6, atol: 1e-12 });
    }
  });

  it('keeps everything else', () => {
    const graph = build((b) => b.output(b.sigmoid(b.input('x', [2])), 'y'));
    expect(expandActivations(graph)).toEqual(graph);
  });
});
