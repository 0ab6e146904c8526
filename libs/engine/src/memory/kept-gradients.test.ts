import type { ParameterLayout } from '@holdfast/clip';
import { createRandom } from '@holdfast/random';
import '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { createKeptGradients, requireKept } from './kept-gradients.js';
import { createParameterStore } from './parameter-store.js';

/** Longer than what kernels read of a kept gradient at a time, so that a bank has several pieces. */
const sizes = [2 ** 17 + 16, 48];
const length = sizes[0]! + sizes[1]!;

function layOut(): ParameterLayout {
  const entries = sizes.map((size, i) => {
    return { name: `p${i}`, shape: [size], offset: i * sizes[0]!, size };
  });
  return { entries, length, count: length, get: (name) => entries.find((e) => e.name === name)! };
}

const random = createRandom(62);
const draw = () => new Float32Array(length).map(() => random.normal());
const gradient = draw();
const tasks = [draw(), draw(), draw()];
const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, a, i) => sum + a * y[i]!, 0);

function keepAll(bankElementsMax?: number) {
  const store = createParameterStore(layOut(), { ...(bankElementsMax && { bankElementsMax }) });
  const kept = createKeptGradients(store, { count: tasks.length, bytesMax: 12 * length });
  for (const [index, task] of tasks.entries()) {
    store.write('taskGradient', 0, task);
    store.setVersion('taskGradient', 4);
    kept.keep('taskGradient', index);
  }
  store.write('gradient', 0, gradient);
  return { store, kept };
}

describe.each([
  ['in one memory', undefined, 1],
  ['in two memories', sizes[0], 2],
])('gradients that are kept of arrays %s', (_, bankElementsMax, banks) => {
  it('multiply in float64, with an array and with each other', () => {
    const { store, kept } = keepAll(bankElementsMax);
    expect(store.banks).toHaveLength(banks);
    const found = kept.multiply({ array: 'gradient', version: 4, count: 3 });
    // Sums of terms of either sign, in another order.
    const tolerance = { rtol: 1e-11, atol: 1e-9 };
    expect(found.withArray).toBeAllclose(
      tasks.map((task) => dot(task, gradient)),
      tolerance,
    );
    for (const [i, row] of found.amongKept.entries()) {
      expect(row).toBeAllclose(
        tasks.map((task) => dot(task, tasks[i]!)),
        tolerance,
      );
    }
    const fewer = kept.multiply({ array: 'gradient', version: 4, count: 2 });
    expect(fewer.withArray).toEqual(found.withArray.slice(0, 2));
  });

  it('are combined in float32, into an array that stands for the same', () => {
    const { store, kept } = keepAll(bankElementsMax);
    const f = Math.fround;
    const weights = [0.1, 0, 3];
    kept.combine('taskGradient', weights);
    const expected = tasks[0]!.map((x, i) => f(f(f(0.1) * x) + f(3 * tasks[2]![i]!)));
    const found = store.read('taskGradient', 0, length);
    expect(found.findIndex((x, i) => x !== expected[i])).toBe(-1);
    expect(store.version('taskGradient')).toBe(4);
  });
});

it('say which is of another step, which was never reserved, and what does not fit', () => {
  const { store, kept } = keepAll();
  store.setVersion('taskGradient', 5);
  kept.keep('taskGradient', 1);
  const of = (version: number, count: number) => () =>
    kept.multiply({ array: 'gradient', version, count });
  expect(of(4, 3)).toThrow('kept gradient 1 stands for 5, not for 4');
  expect(of(4, 4)).toThrow('there is no kept gradient 3: 3 were reserved');
  expect(() => kept.keep('taskGradient', 3)).toThrow('there is no kept gradient 3');
  expect(() => createKeptGradients(store, { count: 3, bytesMax: 12 * length - 1 })).toThrow(
    `3 gradients of ${length} parameters take 0.00 GiB`,
  );
  expect(() => requireKept(undefined, 'run')).toThrow('run run keeps no gradients');
});
