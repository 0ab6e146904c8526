import type { Value } from '../graph.js';
import type { GraphCore } from '../graph-core.js';
import { broadcastShapes, countElements, isSameShape, normalizeAxis } from '../shape.js';

export interface LayoutOps {
  /** The same elements under another shape; one size may be -1. A shape it already has: `x`. */
  reshape(x: Value, shape: readonly number[]): Value;
  /** Axis i of the result is axis `permutation[i]` of `x`. The identity: `x`. */
  transpose(x: Value, permutation: readonly number[]): Value;
  /** Repeats size-1 axes (and adds leading ones) up to `shape`. A shape it already has: `x`. */
  expand(x: Value, shape: readonly number[]): Value;
  /** The size of one axis, as int64 [1]; in a graph with an open batch what it is when the graph runs. */
  size(x: Value, axis: number): Value;
}

/** Operators that move or repeat elements, and what tells how many there are. */
export function createLayoutOps(core: GraphCore): LayoutOps {
  const shapeConstant = (shape: readonly number[]) =>
    core.constant(BigInt64Array.from(shape, BigInt), [shape.length]);

  function reshape(x: Value, shape: readonly number[]): Value {
    const known = shape.filter((size) => size !== -1);
    const open = shape.length - known.length;
    const rest = open === 0 ? 0 : countElements(x.shape) / Math.max(1, countElements(known));
    const full = shape.map((size) => (size === -1 ? rest : size));
    const isFilled = Number.isInteger(rest) && countElements(full) === countElements(x.shape);
    if (open > 1 || !isFilled) {
      core.fail('Reshape', `elements do not fill [${shape}]`, [x]);
    }
    if (isSameShape(full, x.shape)) return x;
    const inputs = [x, shapeConstant(full)];
    const outputs = [{ shape: full, dataType: x.dataType }];
    return core.emit({ op: 'Reshape', inputs, outputs })[0]!;
  }

  function transpose(x: Value, permutation: readonly number[]): Value {
    const sorted = permutation.toSorted((a, b) => a - b);
    if (!isSameShape(sorted, [...x.shape.keys()])) {
      core.fail('Transpose', `[${permutation}] is no permutation of the axes`, [x]);
    }
    if (permutation.every((from, axis) => from === axis)) return x;
    return core.emit({
      op: 'Transpose',
      inputs: [x],
      outputs: [{ shape: permutation.map((axis) => x.shape[axis]!), dataType: x.dataType }],
      attributes: { perm: { kind: 'ints', value: [...permutation] } },
    })[0]!;
  }

  function expand(x: Value, shape: readonly number[]): Value {
    const broadcast = broadcastShapes(x.shape, shape);
    if (!broadcast || !isSameShape(broadcast, shape)) {
      core.fail('Expand', `x does not broadcast to [${shape}]`, [x]);
    }
    if (isSameShape(shape, x.shape)) return x;
    const inputs = [x, shapeConstant(shape)];
    const outputs = [{ shape: [...shape], dataType: x.dataType }];
    return core.emit({ op: 'Expand', inputs, outputs })[0]!;
  }

  function size(x: Value, axis: number): Value {
    const along = normalizeAxis(axis, x.shape.length);
    if (along === undefined) return core.fail('Shape', `no axis ${axis}`, [x]);
    const outputs = [{ shape: [1], dataType: 'int64' as const }];
    const attributes = {
      start: { kind: 'int' as const, value: along },
      end: { kind: 'int' as const, value: along + 1 },
    };
    return core.emit({ op: 'Shape', inputs: [x], outputs, attributes })[0]!;
  }

  return { reshape, transpose, expand, size };
}
