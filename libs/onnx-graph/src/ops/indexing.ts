import type { Value } from '../graph.js';
import type { GraphCore } from '../graph-core.js';
import { isSameShape, normalizeAxis } from '../shape.js';

export interface IndexingOps {
  /** Slices of `x` along an axis, one per index: the axis is replaced by the shape of `indices`. */
  gather(x: Value, indices: Value, axis?: number): Value;
  /**
   * `data` plus `updates` at `indices`; repeated indices add up.
   *
   * `indices` is [..., k] int64, each row addressing the first k axes of `data`;
   * `updates` is indices' leading shape followed by the remaining axes of `data`.
   */
  scatterNdAdd(data: Value, indices: Value, updates: Value): Value;
}

/** Reading and adding rows by index. */
export function createIndexingOps(core: GraphCore): IndexingOps {
  function gather(x: Value, indices: Value, axis = 0): Value {
    const along = normalizeAxis(axis, x.shape.length);
    if (along === undefined) return core.fail('Gather', `no axis ${axis}`, [x, indices]);
    if (indices.dataType !== 'int64') core.fail('Gather', 'indices must be int64', [x, indices]);
    const shape = [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)];
    return core.emit({
      op: 'Gather',
      inputs: [x, indices],
      outputs: [{ shape, dataType: x.dataType }],
      attributes: { axis: { kind: 'int', value: along } },
    })[0]!;
  }

  function scatterNdAdd(data: Value, indices: Value, updates: Value): Value {
    const inputs = [data, indices, updates];
    const depth = indices.shape.at(-1) ?? 0;
    if (indices.dataType !== 'int64') core.fail('ScatterND', 'indices must be int64', inputs);
    if (depth < 1 || depth > data.shape.length) {
      core.fail('ScatterND', `indices address ${depth} axes of data`, inputs);
    }
    const expected = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
    if (!isSameShape(updates.shape, expected)) {
      core.fail('ScatterND', `updates must be [${expected}]`, inputs);
    }
    const attributes = { reduction: { kind: 'string' as const, value: 'add' } };
    return core.emit({ op: 'ScatterND', inputs, outputs: [data], attributes })[0]!;
  }

  return { gather, scatterNdAdd };
}
