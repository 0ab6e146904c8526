import type { Value } from '../graph.js';
import type { GraphCore } from '../graph-core.js';
import { normalizeAxis } from '../shape.js';

export interface ReductionOps {
  /** Sum over the given axes; with `keepDimensions` (the default) they stay with size 1. */
  reduceSum(x: Value, axes: readonly number[], keepDimensions?: boolean): Value;
  /** Mean over the given axes; with `keepDimensions` (the default) they stay with size 1. */
  reduceMean(x: Value, axes: readonly number[], keepDimensions?: boolean): Value;
  /** Index of the largest element along an axis, the first of several, as int64; the axis stays with size 1. */
  argMax(x: Value, axis: number): Value;
}

/** Sums, means and largest elements over axes. */
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

  function argMax(x: Value, axis: number): Value {
    const along = normalizeAxis(axis, x.shape.length);
    if (along === undefined) return core.fail('ArgMax', `no axis ${axis}`, [x]);
    const outputs = [{ shape: x.shape.with(along, 1), dataType: 'int64' as const }];
    const attributes = {
      axis: { kind: 'int' as const, value: along },
      keepdims: { kind: 'int' as const, value: 1 },
      select_last_index: { kind: 'int' as const, value: 0 },
    };
    return core.emit({ op: 'ArgMax', inputs: [x], outputs, attributes })[0]!;
  }

  return {
    argMax,
    reduceSum: (x, axes, keep = true) => reduce('ReduceSum', x, axes, keep),
    reduceMean: (x, axes, keep = true) => reduce('ReduceMean', x, axes, keep),
  };
}
