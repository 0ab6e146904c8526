import type { ParameterLayout } from '@holdfast/clip';
import { createRandom } from '@holdfast/random';
import { createAdamwState, stepAdamw } from '../test-support/adamw.js';
import '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { type ArrayName, isArrayName } from './array-name.js';
import {
  addArray,
  applyAdamw,
  computeInnerProduct,
  computeSquaredNorm,
  copyArray,
  interpolateArrays,
  scaleArray,
  updateAverage,
  zeroArray,
} from './array-operations.js';
import { createParameterStore } from './parameter-store.js';

/** Parameters of 20, 5 and 40 elements. */
function layOut(): ParameterLayout {
  const sizes = [20, 5, 40];
  let length = 0;
  const entries = sizes.map((size, i) => {
    const entry = { name: `p${i}`, shape: [size], offset: length, size };
    length += Math.ceil(size / 16) * 16;
    return entry;
  });
  const get = (name: string) => entries.find((entry) => entry.name === name)!;
  return { entries, length, count: 65, get };
}

const random = createRandom(1);
const draw = (count: number) => new Float32Array(count).map(() => random.normal());

/** Two stores with the same numbers, the second one in two memories. */
function createStores() {
  const layout = layOut();
  const numbers = { parameters: draw(96), gradient: draw(96), reference: draw(96) };
  return [undefined, 48].map((elementsMax) => {
    const store = createParameterStore(layout, {
      ...(elementsMax && { bankElementsMax: elementsMax }),
    });
    for (const [array, data] of Object.entries(numbers)) {
      store.write(array as ArrayName, 0, data);
    }
    return { store, ...numbers, read: (array: ArrayName) => store.read(array, 0, 96) };
  });
}

describe.each([
  ['in one memory', 0, 1],
  ['in two memories', 1, 2],
])('the arrays of a run, %s', (_, index, banks) => {
  it('hold parameters where the layout says', () => {
    const { store, parameters } = createStores()[index]!;
    expect(store.banks.length).toBe(banks);
    expect(store.view('parameters', 'p2')).toEqual(parameters.subarray(48, 88));
    expect(store.read('parameters', 30, 30)).toEqual(parameters.subarray(30, 60));
    expect(store.tensor('parameters', 'p1', [5, 1])).toBe(store.tensor('parameters', 'p1', [5, 1]));
    expect(() => store.read('parameters', 90, 7)).toThrow('not all in 0..96');
  });

  it('take the AdamW steps of the reference in float64', () => {
    const { store, parameters, gradient, read } = createStores()[index]!;
    const settings = { learningRate: 1e-2, weightDecay: 0.1, beta1: 0.9, beta2: 0.99 };
    let expected = createAdamwState(parameters);
    for (let step = 1; step <= 3; step += 1) {
      const options = { ...settings, epsilon: 1e-8, gradientScale: 0.5, step };
      applyAdamw(store, options);
      const half = gradient.map((value) => value / 2);
      expected = stepAdamw(expected, half, { ...settings, epsilon: 1e-8 });
    }
    // Three steps of a dozen fp32 operations each.
    expect(read('parameters')).toBeAllclose(expected.parameters, { rtol: 2e-6, atol: 1e-7 });
    expect(read('moment1')).toBeAllclose(expected.moment1, { rtol: 2e-6, atol: 1e-9 });
    expect(read('moment2')).toBeAllclose(expected.moment2, { rtol: 2e-6, atol: 1e-9 });
  });

  it('decay towards the reference as in float64, and stay there without a gradient', () => {
    const { store, parameters, gradient, reference, read } = createStores()[index]!;
    const settings = { learningRate: 1e-2, weightDecay: 5, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
    const options = { ...settings, gradientScale: 1, decayTowards: 'reference' as const };
    let expected = createAdamwState(parameters);
    for (let step = 1; step <= 3; step += 1) {
      applyAdamw(store, { ...options, step });
      expected = stepAdamw(expected, gradient, { ...settings, reference });
    }
    expect(read('parameters')).toBeAllclose(expected.parameters, { rtol: 2e-6, atol: 4e-7 });
    expect(read('moment1')).toBeAllclose(expected.moment1, { rtol: 2e-6, atol: 1e-9 });
    expect(read('moment2')).toBeAllclose(expected.moment2, { rtol: 2e-6, atol: 1e-9 });
    for (const array of ['gradient', 'moment1', 'moment2'] as const) zeroArray(store, array);
    const away = () => read('parameters').map((w, i) => Math.abs(w - reference[i]!));
    const before = away();
    for (let step = 1; step <= 100; step += 1) applyAdamw(store, { ...options, step });
    // Each step leaves 1 - 0.01 * 5 of the way; a number of order 1 rounds by 6e-8, 20 of which stop a step's twentieth.
    const left = before.map((distance) => distance * 0.95 ** 100);
    expect(away()).toBeAllclose(left, { rtol: 1e-4, atol: 2e-6 });
    copyArray(store, 'reference', 'parameters');
    applyAdamw(store, { ...options, step: 1 });
    expect(read('parameters')).toEqual(reference);
  });

  it('sum squares in float64', () => {
    const { store, gradient } = createStores()[index]!;
    let sum = 0;
    for (const value of gradient) sum += value * value;
    expect(computeSquaredNorm(store, { array: 'gradient' })).toBeAllclose(sum, { rtol: 1e-14 });
    store.write('gradient', 0, new Float32Array(96).fill(1e30));
    // Squares overflow float32, not the sum.
    expect(computeSquaredNorm(store, { array: 'gradient' })).toBeAllclose(96e60, { rtol: 1e-6 });
  });

  it('multiply in float64, and lose what goes against another array', () => {
    const { store, gradient, reference } = createStores()[index]!;
    const productOf = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const product = productOf(gradient, reference);
    const named = { x: 'gradient', y: 'reference' } as const;
    expect(computeInnerProduct(store, named)).toBeAllclose(product, { rtol: 1e-13 });
    const factor = -product / productOf(reference, reference);
    const sum = { array: 'gradient', plus: ['reference'], factor } as const;
    const f = Math.fround;
    const projected = gradient.map((g, i) => f(g + f(f(factor) * reference[i]!)));
    expect(productOf(projected, reference)).toBeAllclose(0, { atol: 1e-5 });
    const squares = productOf(projected, projected);
    expect(computeSquaredNorm(store, sum)).toBeAllclose(squares, { rtol: 1e-13 });
  });

  it('are zeroed, copied, scaled, added, interpolated and averaged', () => {
    const { store, parameters, gradient, reference, read } = createStores()[index]!;
    const f = Math.fround;
    addArray(store, { from: 'gradient', to: 'parameters', factor: 0.25 });
    const added = parameters.map((w, i) => f(w + f(0.25 * gradient[i]!)));
    expect(read('parameters')).toEqual(added);
    scaleArray(store, 'gradient', 3);
    expect(read('gradient')).toEqual(gradient.map((g) => 3 * g));
    copyArray(store, 'reference', 'average');
    expect(read('average')).toEqual(reference);
    updateAverage(store, 0.75);
    const mean = reference.map((a, i) => f(f(0.75 * a) + f(0.25 * added[i]!)));
    expect(read('average')).toEqual(mean);
    const ends = { from: 'reference', to: 'parameters', target: 'evaluation' } as const;
    interpolateArrays(store, { ...ends, weight: 0.5 });
    const middle = reference.map((w, i) => f(w + f(0.5 * f(added[i]! - w))));
    expect(read('evaluation')).toEqual(middle);
    interpolateArrays(store, { ...ends, weight: 1 });
    expect(read('evaluation')).toEqual(added);
    zeroArray(store, 'gradient');
    expect(read('gradient')).toEqual(new Float32Array(96));
  });

  it('are added up in the order in which they are named, and stay', () => {
    const order = ['gradient', 'reference', 'taskGradient'] as const;
    const [one, other] = [createStores()[index]!.store, createStores()[index]!.store];
    one.write('taskGradient', 0, draw(96));
    for (const array of [...order, 'parameters'] as const) {
      other.write(array, 0, one.read(array, 0, 96));
    }
    for (const array of order.slice(1)) {
      addArray(other, { from: array, to: 'gradient', factor: 1 });
    }
    const options = { learningRate: 1e-2, weightDecay: 0.1, beta1: 0.9, beta2: 0.99 };
    const step = { ...options, epsilon: 1e-8, gradientScale: 0.5, step: 1 };
    const sum = { array: order[0], plus: [order[1], order[2]] };
    const before = order.map((array) => one.read(array, 0, 96));
    expect(computeSquaredNorm(one, sum)).toBe(computeSquaredNorm(other, { array: 'gradient' }));
    applyAdamw(one, { ...step, gradient: sum });
    applyAdamw(other, step);
    for (const array of ['parameters', 'moment1', 'moment2'] as const) {
      expect(one.read(array, 0, 96)).toEqual(other.read(array, 0, 96));
    }
    expect(order.map((array) => one.read(array, 0, 96))).toEqual(before);
    // In another order the last bits differ.
    const turned = { array: order[2], plus: [order[0], order[1]] };
    expect(computeSquaredNorm(one, turned)).not.toBe(computeSquaredNorm(one, sum));
  });

  it('count their writes', () => {
    const { store } = createStores()[index]!;
    const before = store.writes('gradient');
    zeroArray(store, 'gradient');
    expect(store.writes('gradient')).toBe(before + 1);
    expect(store.writes('average')).toBe(0);
  });
});

it('adds arrays that are longer than the memory for a sum', () => {
  const size = 2 ** 19 + 160;
  const entry = { name: 'p', shape: [size], offset: 0, size };
  const store = createParameterStore({
    ...{ entries: [entry], length: size, count: size },
    get: () => entry,
  });
  const [a, b] = [draw(size), draw(size)];
  store.write('gradient', 0, a);
  store.write('taskGradient', 0, b);
  const options = { learningRate: 1, weightDecay: 0, beta1: 0, beta2: 0, epsilon: 1 };
  const gradient = { array: 'gradient', plus: ['taskGradient'] } as const;
  applyAdamw(store, { ...options, gradientScale: 1, step: 1, gradient });
  const sum = a.map((value, i) => Math.fround(value + b[i]!));
  expect(Buffer.from(store.read('moment1', 0, size).buffer).equals(Buffer.from(sum.buffer))).toBe(
    true,
  );
  const squares = sum.reduce((total, value) => total + value * value, 0);
  expect(computeSquaredNorm(store, gradient)).toBeAllclose(squares, { rtol: 1e-12 });
});

it('refuses a parameter that fits no memory, and a name that is no array', () => {
  expect(() => createParameterStore(layOut(), { bankElementsMax: 32 })).toThrow(
    'p2 has 40 elements',
  );
  expect(isArrayName('gradient')).toBe(true);
  expect(isArrayName('toString')).toBe(false);
});
