import { expect, it } from 'vitest';
import { describeMethod } from './describe-method.js';
import { parsePlan } from './parse-plan.js';

const start = 'model: m\ndata: {}\ntarget: { class: fog }\n';

it.each([
  ['', 'retain: joint contrast, penalty smoothedHinge, drive loss'],
  ['method: flyp', 'flyp: joint contrast, no constraints'],
  [
    'method: flyp\ndistillation: {}',
    "flyp: joint contrast, no constraints, the old model's answers distilled with weight 1",
  ],
  [
    'objective: { kind: target }\ndistillation: { examples: right, weight: 0.5 }',
    "retain: target contrast, penalty smoothedHinge, drive loss, the old model's right answers distilled with weight 0.5",
  ],
  ['objective: { module: mine.ts }', 'retain: mine.ts, penalty smoothedHinge, drive loss'],
])('says what is made small: %s', (text, said) => {
  expect(describeMethod(parsePlan(start + text, 'plan.yaml'))).toBe(said);
});
