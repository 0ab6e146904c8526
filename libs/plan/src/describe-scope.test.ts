import { expect, it } from 'vitest';
import { describeScope } from './describe-scope.js';
import { parsePlan } from './parse-plan.js';

const start = 'model: m\ndata: {}\ntarget: { class: fog }\n';

it.each([
  ['', 'every weight'],
  ['heads: { enabled: true }', 'every weight, and task-dependent heads of rank 32'],
  ['training: { scope: adapters }', 'adapters of rank 8, merged on export'],
  ['training: { scope: projections }', 'the two projections, on features computed once'],
  [
    'training: { scope: heads }\nheads: { enabled: true, rank: 4 }',
    'task-dependent heads of rank 4 alone, on features computed once',
  ],
])('says what trains: %s', (text, said) => {
  expect(describeScope(parsePlan(start + text, 'plan.yaml'))).toBe(said);
});
