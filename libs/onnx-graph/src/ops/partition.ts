import type { Value } from '../graph.js';
import type { GraphCore } from '../graph-core.js';
import { isSameShape, normalizeAxis } from '../shape.js';

export interface PartitionOps {
  /** Elements start <= i < end along one axis; both count from the front. */
  slice(x: Value, axis: number, start: number, end: number): Value;
  /** Joins values along an axis; the other axes must agree. */
  concat(values: readonly Value[], axis: number): Value;
  /** Cuts an axis into consecutive parts of the given sizes, which must fill it. */
  split(x: Value, axis: number, sizes: readonly number[]): readonly Value[];
  /** Zeros before and after along one axis. */
  pad(x: Value, axis: number, before: number, after: number): Value;
}

/** Cutting, joining and padding along one axis. */
export function createPartitionOps(core: GraphCore): PartitionOps {
  const indexConstant = (...indices: number[]) =>
    core.constant(BigInt64Array.from(indices, BigInt), [indices.length]);

  function slice(x: Value, axis: number, start: number, end: number): Value {
    const along = normalizeAxis(axis, x.shape.length);
    if (along === undefined) return core.fail('Slice', `no axis ${axis}`, [x]);
    if (!(start >= 0 && start < end && end <= x.shape[along]!)) {
      core.fail('Slice', `${start}..${end} is no range of axis ${along}`, [x]);
    }
    const inputs = [x, indexConstant(start), indexConstant(end), indexConstant(along)];
    const outputs = [{ shape: x.shape.with(along, end - start), dataType: x.dataType }];
    return core.emit({ op: 'Slice', inputs, outputs })[0]!;
  }

  function concat(values: readonly Value[], axis: number): Value {
    const first = values[0];
    if (first === undefined) return core.fail('Concat', 'nothing to join', values);
    const along = normalizeAxis(axis, first.shape.length);
    if (along === undefined) return core.fail('Concat', `no axis ${axis}`, values);
    let size = 0;
    for (const { shape, dataType } of values) {
      const agrees = shape.length === first.shape.length && dataType === first.dataType;
      if (!agrees || !isSameShape(shape.with(along, 0), first.shape.with(along, 0))) {
        core.fail('Concat', `axes other than ${along} differ`, values);
      }
      size += shape[along]!;
    }
    return core.emit({
      op: 'Concat',
      inputs: [...values],
      outputs: [{ shape: first.shape.with(along, size), dataType: first.dataType }],
      attributes: { axis: { kind: 'int', value: along } },
    })[0]!;
  }

  function split(x: Value, axis: number, sizes: readonly number[]): readonly Value[] {
    const along = normalizeAxis(axis, x.shape.length);
    if (along === undefined) return core.fail('Split', `no axis ${axis}`, [x]);
    if (sizes.reduce((sum, size) => sum + size, 0) !== x.shape[along]) {
      core.fail('Split', `[${sizes}] do not fill axis ${along}`, [x]);
    }
    return core.emit({
      op: 'Split',
      inputs: [x, indexConstant(...sizes)],
      outputs: sizes.map((size) => ({ shape: x.shape.with(along, size), dataType: x.dataType })),
      attributes: { axis: { kind: 'int', value: along } },
    });
  }

  function pad(x: Value, axis: number, before: number, after: number): Value {
    const along = normalizeAxis(axis, x.shape.length);
    if (along === undefined || before < 0 || after < 0) {
      return core.fail('Pad', `cannot put ${before} and ${after} zeros along axis ${axis}`, [x]);
    }
    const rank = x.shape.length;
    const pads = new Array<number>(2 * rank).fill(0);
    pads[along] = before;
    pads[along + rank] = after;
    const shape = x.shape.with(along, x.shape[along]! + before + after);
    const inputs = [x, indexConstant(...pads)];
    return core.emit({ op: 'Pad', inputs, outputs: [{ shape, dataType: x.dataType }] })[0]!;
  }

  return { slice, concat, split, pad };
}
