import { layOutParameters } from '@holdfast/clip';
import { describe, expect, it } from 'vitest';
import { createParameterStore } from '../memory/parameter-store.js';
import { addHeadGradients, applyHeads } from './apply-heads.js';

const heads = Int32Array.of(1, -1, 0, 1);
const wave = (length: number, seed: number) =>
  new Float32Array(length).map((_, i) => Math.sin(seed + 3 * i));

// Sizes that fill whole vectors of four, and some that do not; with the factors in one memory or in two.
describe.each([
  [8, 4, 12, undefined],
  [5, 3, 7, undefined],
  [6, 1, 2, 32],
])('heads of width %i, rank %i and size %i', (width, rank, size, bankElementsMax) => {
  const layout = layOutParameters([
    ['heads.A', [2, width, rank]],
    ['heads.B', [2, rank, size]],
  ]);
  const store = createParameterStore(layout, { ...(bankElementsMax && { bankElementsMax }) });
  const A = store.view('parameters', 'heads.A');
  const B = store.view('parameters', 'heads.B');
  A.set(wave(A.length, 1));
  B.set(wave(B.length, 2));
  const features = wave(heads.length * width, 3);
  const inner = new Float32Array(heads.length * rank);
  const rows = { rank, heads, features, inner };
  const valueAt = (row: number, k: number) => {
    let t = 0;
    for (let i = 0; i < width; i += 1) {
      t += features[row * width + i]! * A[(heads[row]! * width + i) * rank + k]!;
    }
    return t;
  };

  it('change rows by (r A) B of their own head, and no row without one', () => {
    const changes = wave(heads.length * size, 4);
    applyHeads(store, 'parameters', { ...rows, changes });
    for (const [row, head] of heads.entries()) {
      for (let j = 0; j < size; j += 1) {
        let sum = 0;
        for (let k = 0; head >= 0 && k < rank; k += 1) {
          sum += valueAt(row, k) * B[(head * rank + k) * size + j]!;
        }
        expect(changes[row * size + j]).toBeCloseTo(sum, 5);
      }
    }
  });

  it('have gradients that add up over the rows of a head', () => {
    const changes = wave(heads.length * size, 5);
    const [dA, dB] = [store.view('gradient', 'heads.A'), store.view('gradient', 'heads.B')];
    dA.fill(1);
    dB.fill(1);
    addHeadGradients(store, 'parameters', 'gradient', { ...rows, changes });
    const expectedA = new Float64Array(dA.length).fill(1);
    const expectedB = new Float64Array(dB.length).fill(1);
    for (const [row, head] of heads.entries()) {
      for (let k = 0; head >= 0 && k < rank; k += 1) {
        let dt = 0;
        for (let j = 0; j < size; j += 1) {
          const at = (head * rank + k) * size + j;
          expectedB[at]! += valueAt(row, k) * changes[row * size + j]!;
          dt += changes[row * size + j]! * B[at]!;
        }
        for (let i = 0; i < width; i += 1) {
          expectedA[(head * width + i) * rank + k]! += features[row * width + i]! * dt;
        }
      }
    }
    for (const [i, value] of expectedA.entries()) expect(dA[i]).toBeCloseTo(value, 5);
    for (const [i, value] of expectedB.entries()) expect(dB[i]).toBeCloseTo(value, 5);
  });
});
