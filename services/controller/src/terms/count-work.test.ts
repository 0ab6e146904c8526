import { type Plan, planSchema } from '@holdfast/plan';
import { expect, it } from 'vitest';
import { countStepAttacks, countStepForwards } from './count-work.js';

const planOf = (constraints: object, kind = 'joint'): Plan =>
  planSchema.parse({
    model: 'model',
    data: {},
    target: { class: 'thirty' },
    prompts: { templates: ['a {}.'] },
    training: { targetBatch: 10, examplesPerTask: 4 },
    constraints,
    objective: { kind },
  }) as Plan;

const pgd = { name: 'pgd', epsilon: 1, stepSize: 1, steps: 3, start: 'image' } as const;
const plain = [{ corruptions: [] }, { corruptions: [{ name: 'fog', severity: 1 } as const] }];
const attacked = [{ corruptions: [] }, { corruptions: [pgd] }];

it.each([
  // 10 + 2 x 4 images forward and back, 8 more forward through the old model; 4 of these 3 times forward and back in both.
  ['paired', 3 * 18 + 8, 2 * 4 * 9],
  ['candidateOnly', 3 * 18, 4 * 9],
])('counts a step and its attacks, with augmentation %s', (augmentation, images, attacks) => {
  const plan = planOf({ augmentation });
  expect(countStepForwards(plan, plain)).toBe(images);
  expect(countStepAttacks(plan, plain)).toBe(0);
  expect(countStepForwards(plan, attacked)).toBe(images + attacks);
  expect(countStepAttacks(plan, attacked)).toBe(attacks);
});

it('counts no attack where no term looks at protected images', () => {
  const none = planOf({ penalty: 'none', drive: 'loss' }, 'target');
  expect(countStepAttacks(none, attacked)).toBe(0);
});
