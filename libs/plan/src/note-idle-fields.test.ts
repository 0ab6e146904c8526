import { expect, it } from 'vitest';
import { noteIdleFields } from './note-idle-fields.js';
import { parsePlan } from './parse-plan.js';

const noteIdle = (lines: string): string[] => {
  const plan = `model: m
data: { root: images }
target: { class: foggy }
${lines}
`;
  parsePlan(plan, 'plan.yaml');
  return noteIdleFields(plan);
};

it.each([
  ['objective: { kind: target, excludeSameCaption: true }', 'objective.excludeSameCaption'],
  ['constraints: { penalty: hinge, smoothingWidth: 0.2 }', 'constraints.smoothingWidth'],
  ['constraints: { dualStep: 1 }', 'constraints.dualStep'],
  ['constraints: { dualPeriodSteps: 2 }', 'constraints.dualPeriodSteps'],
  ['constraints: { allowedFlipRate: 0.1 }', 'constraints.allowedFlipRate'],
  ['constraints: { multipliers: { rate: 1 } }', 'constraints.multipliers'],
  ['constraints: { drive: measured, penalty: hinge }', 'constraints.penalty'],
  ['constraints: { drive: measured, penaltyCoefficient: 2 }', 'constraints.penaltyCoefficient'],
  ['constraints: { combine: projection, penaltyRamp: true }', 'constraints.penaltyRamp'],
  ['constraints: { penalty: none, augmentation: none }', 'constraints.augmentation'],
  [
    'constraints: { penalty: fixed, constraintMovingAverage: 0.5 }',
    'constraints.constraintMovingAverage',
  ],
  [
    'constraints: { drive: measured, constraintMovingAverage: 0.5 }',
    'constraints.constraintMovingAverage',
  ],
  ['heads: { rank: 8 }', 'heads.rank'],
  ['heads: { negatives: shared }', 'heads.negatives'],
])('names what acts on nothing: %s', (lines, field) => {
  expect(noteIdle(lines)).toEqual([expect.stringMatching(`^${field} has no say here: it `)]);
});

it.each([
  '',
  'method: flyp',
  'objective: { excludeSameCaption: true }',
  'constraints: { smoothingWidth: 0.2, penaltyCoefficient: 2, penaltyRamp: true, augmentation: none }',
  'constraints: { penalty: augmentedLagrangian, combine: projection, dualStep: 1, dualPeriodSteps: 2, penaltyCoefficient: 2 }',
  'constraints: { drive: flips, allowedFlipRate: 0.1, constraintMovingAverage: 0.5 }',
  'constraints: { drive: measured, multipliers: { rate: 1 } }',
  // It takes the guard away.
  'constraints: { combine: projection, penaltyCoefficient: 0 }',
  'heads: { enabled: true, rank: 8, negatives: shared }',
])('has nothing to say of what acts: %s', (lines) => {
  expect(noteIdle(lines)).toEqual([]);
});

it('says with what a field would act', () => {
  expect(noteIdle('constraints: { allowedFlipRate: 0.1 }')).toEqual([
    'constraints.allowedFlipRate has no say here: it belongs to constraints.drive: flips',
  ]);
});
