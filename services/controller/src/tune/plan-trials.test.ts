import { planSchema, resolvePlan } from '@holdfast/plan';
import { describe, expect, it } from 'vitest';
import { countBudget, listTrialSettings, planRungs } from './plan-trials.js';

function createPlan(sections: object = {}) {
  const draft = planSchema.parse({
    model: 'm',
    data: {},
    target: { class: 'foggy' },
    ...sections,
  });
  return resolvePlan(draft, {
    modelParameters: 670_000,
    logitScale: 20,
    targetImages: 320,
    scarceTasks: [],
  }).plan;
}

describe('listTrialSettings', () => {
  it('tries the plan itself first, and every pair of two values once', () => {
    const settings = listTrialSettings(createPlan());
    expect(settings).toHaveLength(9);
    expect(settings[0]).toEqual({ learningRate: 3e-4, shift: 0.0625, penaltyCoefficient: 0.05 });
    const names = ['learningRate', 'shift', 'penaltyCoefficient'] as const;
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const pairs = settings.map((entry) => `${entry[names[a]]} ${entry[names[b]]}`);
      expect(new Set(pairs).size).toBe(9);
    }
  });

  it('does not vary what does not act: no penalty under flyp, no shift on features', () => {
    const flyp = listTrialSettings(
      createPlan({ method: 'flyp', constraints: { penalty: 'none' } }),
    );
    expect(flyp).toHaveLength(9);
    expect(new Set(flyp.map((entry) => entry.penaltyCoefficient)).size).toBe(1);
    for (const constraints of [
      { drive: 'measured' },
      { combine: 'projection' },
      { penalty: 'fixed', combine: 'projectionByTask' },
    ]) {
      const fixed = listTrialSettings(createPlan({ constraints }));
      expect(new Set(fixed.map((entry) => entry.penaltyCoefficient)).size).toBe(1);
    }
    const lagrangian = { penalty: 'augmentedLagrangian', combine: 'projection' };
    const moved = listTrialSettings(createPlan({ constraints: lagrangian }));
    expect(new Set(moved.map((entry) => entry.penaltyCoefficient)).size).toBe(3);
    const training = { scope: 'projections', augmentation: { shift: 0 } };
    const featured = listTrialSettings(createPlan({ training }));
    expect(new Set(featured.map((entry) => entry.shift))).toEqual(new Set([0]));
    expect(new Set(featured.map((entry) => JSON.stringify(entry))).size).toBe(9);
  });
});

describe('planRungs', () => {
  it('spends no more than the budget: nine settings, then the best three for three times as long', () => {
    const rungs = planRungs(9, 1200);
    expect(rungs).toEqual([
      { trials: 9, steps: 66 },
      { trials: 3, steps: 198 },
    ]);
    expect(countBudget(rungs)).toBeLessThanOrEqual(1200);
  });

  it('refuses a budget of trials that say nothing, naming the least', () => {
    expect(() => planRungs(9, 100)).toThrow('--budget: 100 steps are too few; give 360 or more');
  });
});
