import '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { addLogs } from './log-sum.js';
import {
  applyNormalizers,
  createNormalizerState,
  listNormalizers,
  mergeNormalizers,
  moveNormalizer,
} from './normalizers.js';

describe('addLogs', () => {
  it('adds in log space where the numbers themselves overflow or are zero', () => {
    expect(addLogs(Math.log(2), Math.log(3))).toBeAllclose(Math.log(5), { rtol: 1e-15 });
    expect(addLogs(2000, 2000)).toBeAllclose(2000 + Math.LN2, { rtol: 1e-15 });
    expect(addLogs(-Infinity, 3)).toBe(3);
    expect(addLogs(-Infinity, -Infinity)).toBe(-Infinity);
  });
});

describe('moveNormalizer', () => {
  it('starts at the first partition term and then averages', () => {
    expect(moveNormalizer(undefined, Math.log(4), 0.8)).toBe(Math.log(4));
    const moved = Math.exp(moveNormalizer(Math.log(9), Math.log(4), 0.8));
    expect(moved).toBeAllclose(0.2 * 9 + 0.8 * 4, { rtol: 1e-14 });
  });

  it('forgets the past when the moving average is 1', () => {
    expect(moveNormalizer(Math.log(9), Math.log(4), 1)).toBe(Math.log(4));
  });
});

describe('mergeNormalizers', () => {
  it('keeps the mean where several pairs share a sample', () => {
    const logs = Float64Array.from([2, 5, 4], Math.log);
    const table = mergeNormalizers([7, 3, 7], logs, logs);
    expect([...table.samples]).toEqual([7, 3]);
    expect(table.imageLogNormalizers.map(Math.exp)).toBeAllclose([3, 5], { rtol: 1e-14 });
    expect(table.textLogNormalizers).toEqual(table.imageLogNormalizers);
  });
});

describe('a normalizer state', () => {
  it('lists what was applied, by ascending sample, and so survives a checkpoint bit by bit', () => {
    const state = createNormalizerState();
    applyNormalizers(state, {
      samples: Uint32Array.of(12, 3, 100),
      imageLogNormalizers: Float64Array.of(0.1, -200.3, 7),
      textLogNormalizers: Float64Array.of(1 / 3, 2, -5),
    });
    const table = listNormalizers(state);
    expect([...table.samples]).toEqual([3, 12, 100]);
    const restored = createNormalizerState();
    applyNormalizers(restored, table);
    expect(restored.imageLogNormalizers.get(3)).toBe(-200.3);
    expect(restored.textLogNormalizers.get(12)).toBe(1 / 3);
    expect(listNormalizers(restored)).toEqual(table);
  });
});
