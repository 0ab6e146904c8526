import '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { createConstraintState, updateConstraintEstimates } from './constraint-state.js';
import { moveMultipliers, stepDual } from './multipliers.js';
import { settings, tasks } from './test-support/random-constraint.js';

describe('the dual step', () => {
  const lagrangian = { ...settings, penalty: 'augmentedLagrangian', dualStep: 2 } as const;

  it('comes every period, for tasks visited since the last one', () => {
    const periodic = { ...lagrangian, dualPeriodSteps: 3 };
    let state = createConstraintState(3, periodic);
    const visit = (task: number, value: number) => {
      state = updateConstraintEstimates(state, { tasks: [task], values: [value] }, 1);
      state = stepDual(state, tasks, 9, periodic);
      return [...state.multipliers];
    };
    expect(visit(0, 0.5)).toEqual([0, 0, 0]);
    expect(visit(1, 0.4)).toEqual([0, 0, 0]);
    // u + kappa: 0.5, 0.4 + 0.1; task 2 was never visited.
    expect(visit(0, 0.5)).toBeAllclose([1, 1, 0], { rtol: 1e-15 });
    expect([...state.visited]).toEqual([0, 0, 0]);
    visit(0, -0.3);
    visit(0, -0.3);
    // Task 1 is not visited in this period and keeps its multiplier.
    expect(visit(2, -9)).toBeAllclose([0.4, 1, 0], { rtol: 1e-14 });
  });

  it('never comes for other penalties and for measured multipliers', () => {
    for (const other of [settings, { ...lagrangian, drive: 'measured' } as const]) {
      const state = updateConstraintEstimates(
        createConstraintState(3, other),
        { tasks: [0], values: [5] },
        1,
      );
      expect(stepDual(state, tasks, 3, other)).toEqual(state);
    }
  });
});

it('refuses a moving average outside (0, 1]', () => {
  const state = createConstraintState(1, settings);
  for (const movingAverage of [0, 1.1, Number.NaN]) {
    expect(() =>
      updateConstraintEstimates(state, { tasks: [0], values: [1] }, movingAverage),
    ).toThrow(RangeError);
  }
});

describe('measured multipliers', () => {
  const start = Float64Array.of(1, 2, 0.5);
  const move = (accuracyChange: number, standardError = 0, from = start) =>
    moveMultipliers(
      from,
      tasks,
      [{ task: 0, accuracyChange, standardError }],
      settings.multipliers,
    );

  it('follow the rule between its bounds', () => {
    // (0 - 0.01 + 0.02) / 0.02 = 0.5, times eta = 0.5.
    expect(move(0.01, 0.02)).toBeAllclose([Math.exp(0.25), 2, 0.5], { rtol: 1e-14 });
  });

  it('ask a task with slack to gain as much', () => {
    const change = { task: 1, accuracyChange: 0.1, standardError: 0 };
    // kappa = 0.1: nothing to do at a gain of 0.1; at 0.09, (0.1 - 0.09) / 0.02 = 0.5 times eta = 0.5.
    const at = (accuracyChange: number) =>
      moveMultipliers(start, tasks, [{ ...change, accuracyChange }], settings.multipliers)[1];
    expect(at(0.1)).toBe(2);
    expect(at(0.09)).toBeAllclose(2 * Math.exp(0.25), { rtol: 1e-14 });
  });

  it('rise by at most exp(2 eta) and fall by at most exp(-eta) a time', () => {
    expect(move(-0.9)[0]).toBeAllclose(Math.exp(1), { rtol: 1e-14 });
    expect(move(0.9)[0]).toBeAllclose(Math.exp(-0.5), { rtol: 1e-14 });
  });

  it('stay within their bounds, and do not move by a change of exactly the slack', () => {
    expect(move(-0.9, 0, Float64Array.of(19, 2, 0.5))[0]).toBe(20);
    expect(move(0.9, 0, Float64Array.of(0.011, 2, 0.5))[0]).toBe(0.01);
    expect(move(0)[0]).toBe(1);
    expect([...start]).toEqual([1, 2, 0.5]);
  });

  it('follow the growth of a ceiling as they follow a drop of the same size', () => {
    const ceilings = tasks.map((task) => ({ ...task, ceiling: true }));
    const change = { task: 1, standardError: 0.02 };
    const by = (held: typeof tasks, accuracyChange: number) =>
      moveMultipliers(start, held, [{ ...change, accuracyChange }], settings.multipliers)[1];
    expect(by(ceilings, 0.12)).toBe(by(tasks, -0.12));
    expect(by(ceilings, 0.12)).toBeGreaterThan(2);
    expect(by(ceilings, -0.15)).toBeLessThan(2);
  });

  it('start where the settings say', () => {
    const measured = { ...settings, drive: 'measured' } as const;
    expect([...createConstraintState(2, measured).multipliers]).toEqual([1, 1]);
    expect([...createConstraintState(2, settings).multipliers]).toEqual([0, 0]);
  });
});
