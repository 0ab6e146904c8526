import type { Engine } from '@holdfast/engine';
import { expect, it, vi } from 'vitest';
import { createEngineTurns } from './engine-turns.js';

/** An engine whose computations end when the test says so. */
function createFakeEngine() {
  const started: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const compute = ({ runId }: { runId: string }) =>
    new Promise((resolve, reject) => {
      started.push(runId);
      ends.push((error) => (error ? reject(error) : resolve({})));
    });
  const engine = { encode: compute, backpropagate: compute } as unknown as Engine;
  return { engine, started, ends };
}

const request = (runId: string) =>
  ({ runId, step: 0, array: 'parameters', retain: false }) as const;
/** Lets everything go on that can. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

it('starts at once where the engine is free, then the most urgent first', async () => {
  const { engine, started, ends } = createFakeEngine();
  const turns = createEngineTurns(engine);
  const ask = (level: 'training' | 'evaluation' | 'interactive', name: string) =>
    void turns.engineOf(level).encode(request(name));
  ask('interactive', 'batch 1');
  expect(started).toEqual(['batch 1']);
  ask('interactive', 'batch 2');
  ask('evaluation', 'look');
  ask('training', 'step 1');
  ask('training', 'step 2');
  for (let i = 0; i < 5; i += 1) {
    await settle();
    expect(started).toHaveLength(i + 1);
    ends[i]!();
  }
  await settle();
  expect(started).toEqual(['batch 1', 'step 1', 'step 2', 'look', 'batch 2']);
});

it('goes on after what fails', async () => {
  const { engine, started, ends } = createFakeEngine();
  const training = createEngineTurns(engine).engineOf('training');
  const failing = training.encode(request('one'));
  void training.backpropagate({ runId: 'two', step: 0 });
  ends[0]!(new Error('no'));
  await expect(failing).rejects.toThrow('no');
  await settle();
  expect(started).toEqual(['one', 'two']);
  ends[1]!();
  await settle();
  void training.encode(request('three'));
  expect(started).toEqual(['one', 'two', 'three']);
});

it('gives the turn of who left meanwhile to the next one', async () => {
  const { engine, started, ends } = createFakeEngine();
  const turns = createEngineTurns(engine);
  const caller = new AbortController();
  void turns.engineOf('training').encode(request('one'));
  const left = turns.engineOf('evaluation', caller.signal).encode(request('two'));
  void turns.engineOf('evaluation').encode(request('three'));
  caller.abort();
  ends[0]!();
  await expect(left).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  await settle();
  expect(started).toEqual(['one', 'three']);
});

it('starts nothing for callers while anybody holds them back, and all else', async () => {
  const { engine, started, ends } = createFakeEngine();
  const turns = createEngineTurns(engine);
  const callers = turns.engineOf('interactive');
  void callers.encode(request('batch 1'));
  const releases = [turns.hold(), turns.hold()];
  void callers.encode(request('batch 2'));
  ends[0]!();
  await settle();
  void callers.encode(request('batch 3'));
  void turns.engineOf('evaluation').encode(request('look'));
  void turns.engineOf('training').encode(request('step'));
  ends[1]!();
  await settle();
  expect(started).toEqual(['batch 1', 'look', 'step']);
  ends[2]!();
  // Once is enough.
  for (let i = 0; i < 3; i += 1) releases[0]!();
  await settle();
  expect(started).toHaveLength(3);
  releases[1]!();
  await settle();
  expect(started.slice(3)).toEqual(['batch 2']);
  ends[3]!();
  await settle();
  expect(started.slice(4)).toEqual(['batch 3']);
});

it('holds callers back for as long as pieces are moved', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { engine, started } = createFakeEngine();
    const turns = createEngineTurns({ ...engine, readArray: async () => new Float32Array() });
    turns.hold();
    void turns.engineOf('interactive').encode(request('batch'));
    const piece = { runId: 'run', array: 'gradient', offset: 0, count: 1 } as const;
    for (let i = 0; i < 3; i += 1) {
      vi.advanceTimersByTime(59_000);
      await turns.moving.readArray(piece);
    }
    vi.advanceTimersByTime(59_000);
    await settle();
    expect(started).toEqual([]);
    vi.advanceTimersByTime(1000);
    await settle();
    expect(started).toEqual(['batch']);
  } finally {
    vi.useRealTimers();
  }
});

it('lets callers go on when who holds them back does not', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { engine, started } = createFakeEngine();
    const turns = createEngineTurns(engine);
    turns.hold();
    void turns.engineOf('interactive').encode(request('batch'));
    vi.advanceTimersByTime(59_000);
    await settle();
    expect(started).toEqual([]);
    vi.advanceTimersByTime(1000);
    await settle();
    expect(started).toEqual(['batch']);
  } finally {
    vi.useRealTimers();
  }
});
