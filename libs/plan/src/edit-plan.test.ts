import { expect, it } from 'vitest';
import { editPlan } from './edit-plan.js';

it('changes and adds numbers, and keeps comments and everything else', () => {
  const yaml = `# What it is for.
model: m # the old one
data: { root: images }
target:
  class: 007
training:
  # Not too fast.
  learningRate: auto
`;
  const edited = editPlan(yaml, [
    { path: ['training', 'learningRate'], value: 0.001 },
    { path: ['training', 'augmentation', 'shift'], value: 0.03125 },
    { path: ['constraints', 'penaltyCoefficient'], value: 0.2 },
  ]);
  expect(edited).toBe(`# What it is for.
model: m # the old one
data: { root: images }
target:
  class: 007
training:
  # Not too fast.
  learningRate: 0.001
  augmentation:
    shift: 0.03125
constraints:
  penaltyCoefficient: 0.2
`);
});
