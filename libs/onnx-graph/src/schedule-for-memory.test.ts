import { describe, expect, it } from 'vitest';
import { createGraphBuilder } from './graph-builder.js';
import { scheduleForMemory } from './schedule-for-memory.js';

describe('scheduleForMemory', () => {
  it('puts the leaf nodes last, in reverse order of creation', () => {
    const builder = createGraphBuilder('leaves');
    const x = builder.input('x', [2]);
    const first = builder.exp(x);
    const leafOfFirst = builder.neg(first);
    const second = builder.exp(first);
    const leafOfSecond = builder.neg(second);
    builder.output(leafOfFirst, 'a');
    builder.output(leafOfSecond, 'b');
    const { nodes } = scheduleForMemory(builder.build());
    expect(nodes.map(({ outputs }) => outputs[0])).toEqual([
      first,
      second,
      leafOfSecond,
      leafOfFirst,
    ]);
  });

  it('keeps an output that another node reads before its reader', () => {
    const builder = createGraphBuilder('inner output');
    const x = builder.input('x', [2]);
    const inner = builder.exp(x);
    builder.output(inner, 'inner');
    builder.output(builder.neg(inner), 'outer');
    const { nodes } = scheduleForMemory(builder.build());
    expect(nodes.map(({ op }) => op)).toEqual(['Exp', 'Neg']);
  });
});
