import { createGraphBuilder, type Graph } from '@holdfast/onnx-graph';
import { describe, expect, it } from 'vitest';
import { createArena } from '../memory/arena.js';
import { Tensor } from '../native/onnxruntime.js';
import { createInPlaceSession } from './in-place-session.js';

// What the engine relies on beyond the runtime's documented contract. The version is pinned; an upgrade
// that breaks one of these must fail here, not in a gradient.

const arena = createArena();

function tensor(values: readonly number[], shape: readonly number[]): Tensor {
  const data = arena.allocate(values.length);
  data.set(values);
  return new Tensor('float32', data, shape);
}

/** y = a^T b + c over [2, 2] matrices. */
function gemmGraph(): Graph {
  const b = createGraphBuilder('gemm');
  const [x, y, c] = ['a', 'b', 'c'].map((name) => b.input(name, [2, 2]));
  b.output(b.gemm(x!, y!, { transA: true, c: c! }), 'y');
  return b.build();
}

describe('onnxruntime', () => {
  it('writes into a preallocated output in WebAssembly memory', async () => {
    const session = await createInPlaceSession(gemmGraph(), 1);
    const y = tensor([0, 0, 0, 0], [2, 2]);
    const identity = tensor([1, 0, 0, 1], [2, 2]);
    const c = tensor([1, 1, 1, 1], [2, 2]);
    await session.run({ a: identity, b: identity, c }, { y });
    expect([...(y.data as Float32Array)]).toEqual([2, 1, 1, 2]);
  });

  it('adds a product to its addend in place', async () => {
    const session = await createInPlaceSession(gemmGraph(), 1);
    const sum = tensor([10, 20, 30, 40], [2, 2]);
    const a = tensor([1, 2, 3, 4], [2, 2]);
    const b = tensor([1, 1, 1, 1], [2, 2]);
    await session.run({ a, b, c: sum }, { y: sum });
    await session.run({ a, b, c: sum }, { y: sum });
    expect([...(sum.data as Float32Array)]).toEqual([18, 28, 42, 52]);
  });

  it('adds elementwise and through views in place', async () => {
    const b = createGraphBuilder('bias');
    const [x, accumulator] = [b.input('x', [3, 2]), b.input('accumulator', [2])];
    const row = b.reshape(accumulator, [1, 2]);
    b.output(b.reshape(b.gemm(b.filled([1, 3], 1), x, { c: row }), [2]), 'bias');
    b.output(b.add(accumulator, accumulator), 'twice');
    const session = await createInPlaceSession(b.build(), 1);
    const bias = tensor([100, 200], [2]);
    const twice = tensor([0, 0], [2]);
    const feeds = { x: tensor([1, 2, 3, 4, 5, 6], [3, 2]), accumulator: bias };
    await session.run(feeds, { bias, twice });
    expect([...(bias.data as Float32Array)]).toEqual([109, 212]);
    await session.run({ ...feeds, accumulator: twice }, { bias: tensor([0, 0], [2]), twice });
    expect([...(twice.data as Float32Array)].every(Number.isFinite)).toBe(true);
  });

  it('sees a feed that was changed in place since the last run', async () => {
    const session = await createInPlaceSession(gemmGraph(), 1);
    const a = tensor([1, 0, 0, 1], [2, 2]);
    const y = tensor([0, 0, 0, 0], [2, 2]);
    const feeds = { a, b: a, c: tensor([0, 0, 0, 0], [2, 2]) };
    await session.run(feeds, { y });
    (a.data as Float32Array).fill(2);
    await session.run(feeds, { y });
    expect([...(y.data as Float32Array)]).toEqual([8, 8, 8, 8]);
  });

  it('reports what a run finds wrong, and not the output that it cannot hand out', async () => {
    const session = await createInPlaceSession(gemmGraph(), 1);
    const a = tensor([1, 0, 0, 1], [2, 2]);
    const y = tensor([0, 0, 0, 0], [2, 2]);
    await session.run({ a, b: a, c: a }, { y });
    expect([...(y.data as Float32Array)]).toEqual([2, 0, 0, 2]);
    const narrow = tensor([1, 2], [2, 1]);
    await expect(session.run({ a, b: narrow, c: a }, { y })).rejects.toThrow('invalid dimensions');
    await expect(session.run({ a, b: a }, { y })).rejects.toThrow("'c'");
  });
});
