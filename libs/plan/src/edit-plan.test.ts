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

it('changes texts, and quotes what would be read as something else', () => {
  const yaml = `model: "old: one" # where it lies
target: { class: fog }
prompts: {}
`;
  const edited = editPlan(yaml, [
    { path: ['model'], value: 'runs/fog/candidate' },
    { path: ['target', 'class'], value: '007' },
    { path: ['gate', 'firstModel'], value: 'models/a: b' },
    { path: ['gate', 'ledger'], value: 'null' },
  ]);
  expect(edited).toBe(`model: runs/fog/candidate # where it lies
target: { class: "007" }
prompts: {}
gate:
  firstModel: "models/a: b"
  ledger: "null"
`);
});

it('takes fields away and adds to lists', () => {
  const yaml = `target:
  class: a
  # Only for a.
  negatives: [b]
# What must hold.
protected:
  - b # the bus
  - { class: c, tolerance: 0.1 }
  - d
`;
  const edited = editPlan(yaml, [
    { path: ['target', 'negatives'] },
    { path: ['protected', 1] },
    { path: ['protected', 2], value: 'e' },
    { path: ['gate', 'ledger'] },
  ]);
  expect(edited).toBe(`target:
  class: a
# What must hold.
protected:
  - b # the bus
  - d
  - e
`);
});
