import type { Value } from '../graph.js';
import type { GraphCore } from '../graph-core.js';
import { normalizeAxis } from '../shape.js';

export interface ReductionOps {
  /** Sum over the given axes; with `keepDimensions` (the default) they stay with size 1. */
  reduceSum(x: Value, axes: readonly number[], keepDimensions?: boolean): Value;
  /** Mean over the given axes; with `keepDimensions` (the default) they stay with size 1. */
  reduceMean(x: Value, axes: readonly number[], keepDimensions?: boolean): Value;
}

/** Sums and means over axes. */
export function createReductionOps(core: GraphCore): ReductionOps {
  function reduce(
    op: 'ReduceSum' | 'ReduceMean',
    x: Value,
    axes: readonly number[],
    keep: boolean,
  ) {
    const from = axes.map((axis) => normalizeAxis(axis, x.shape.length));
    const reduced = new Set(from);
    if (reduced.has(undefined) || reduced.size !== axes.length || axes.length === 0) {
      core.fail(op, `[${axes}] are not distinct axes`, [x]);
    }
    const shape = x.shape.flatMap((size, axis) => (reduced.has(axis) ? (keep ? [1] : []) : [size]));
    const sorted = [...(reduced as Set<number>)].sort((a, b) => a - b);
    const keepdims = { kind: 'int' as const, value: Number(keep) };
    const outputs = [{ shape, dataType: 'float32' as const }];
    // Opset 17 takes the axes of ReduceSum as an input and those of ReduceMean as an attribute.
    if (op === 'ReduceMean') {
      const attributes = { axes: { kind: 'ints' as const, value: sorted }, keepdims };
      return core.emit({ op, inputs: [x], outputs, attributes })[0]!;
    }
    const axesInput = core.constant(BigInt64Array.from(sorted, BigInt), [sorted.length]);
    return core.emit({ op, inputs: [x, axesInput], outputs, attributes: { keepdims } })[0]!;
  }

  return {
    reduceSum: (x, axes, keep = true) => reduce('ReduceSum', x, axes, keep),
    reduceMean: (x, axes, keep = true) => reduce('ReduceMean', x, axes, keep),
  };
}
