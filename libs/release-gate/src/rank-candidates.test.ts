import { describe, expect, it } from 'vitest';
import { rankCandidates } from './rank-candidates.js';

const candidate = (
  name: string,
  targetChange: number,
  accuracyChanges: readonly number[],
  alpha = 1,
) => ({ name, targetChange, accuracyChanges, alpha });
const order = (
  candidates: Parameters<typeof rankCandidates<ReturnType<typeof candidate>>>[0],
  margin = 0,
) => rankCandidates(candidates, { margin }).map((ranked) => ranked.candidate.name);

describe('rankCandidates', () => {
  it('ranks feasible candidates by target gain, before all infeasible ones', () => {
    const candidates = [
      candidate('unsafe', 0.9, [0.1, -0.01]),
      candidate('small', 0.1, [0, 0]),
      candidate('large', 0.5, [0.02, 0]),
    ];
    expect(order(candidates)).toEqual(['large', 'small', 'unsafe']);
  });

  it('breaks ties by larger DevSafety, then smaller alpha, then the order given', () => {
    const candidates = [
      candidate('full', 0.5, [0.01], 1),
      candidate('half', 0.5, [0.01], 0.5),
      candidate('safer', 0.5, [0.02], 1),
      candidate('half again', 0.5, [0.01], 0.5),
    ];
    expect(order(candidates)).toEqual(['safer', 'half', 'half again', 'full']);
  });

  it('ranks infeasible candidates by DevSafety', () => {
    const candidates = [candidate('worse', 0.9, [-0.3]), candidate('better', 0.1, [-0.1])];
    expect(order(candidates)).toEqual(['better', 'worse']);
  });

  it('takes the margin as the smallest change allowed', () => {
    const candidates = [candidate('a', 0.5, [-0.05, 0.1])];
    const feasible = (margin: number) => rankCandidates(candidates, { margin })[0]!.feasible;
    expect(feasible(-0.05)).toBe(true);
    expect(feasible(-0.04)).toBe(false);
    expect(feasible(0.01)).toBe(false);
  });

  it('gives each its DevSafety and leaves the input alone', () => {
    const candidates = [candidate('a', 0.1, [0.3, -0.2]), candidate('b', 0.2, [0])];
    expect(rankCandidates(candidates, { margin: 0 })[1]!.devSafetyAccuracy).toBe(-0.2);
    expect(candidates[0]!.name).toBe('a');
  });

  it('refuses a candidate without protected tasks or with numbers that are none', () => {
    expect(() => order([candidate('a', 0.1, [])])).toThrow(/candidate 0/);
    expect(() => order([candidate('a', 0.1, [0]), candidate('b', Number.NaN, [0])])).toThrow(
      /candidate 1/,
    );
  });
});
