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
  [
    'method: flyp\ndistillation: { unlabelled: { images: pool, texts: texts.txt }, weight: 30 }',
    "flyp: joint contrast, no constraints, the old model's answers on unlabelled images distilled with weight 30",
  ],
  [
    'method: flyp\ntraining: { weightDecay: 10, weightDecayTowards: reference }',
    'flyp: joint contrast, no constraints, weight decay 10 towards the old weights',
  ],
  [
    'method: flyp\nobjective: { kind: weighted }',
    'flyp: weighted contrast with a share of 0.5 for protected pairs, no constraints',
  ],
  [
    'constraints: { penalty: fixed, combine: projection }',
    'retain: joint contrast, penalty fixed, drive loss, the objective projected where it goes against them',
  ],
  [
    'constraints: { penalty: fixed, combine: projectionByTask }',
    'retain: joint contrast, penalty fixed, drive loss, the objective projected where it goes against any of them',
  ],
  ['objective: { module: mine.ts }', 'retain: mine.ts, penalty smoothedHinge, drive loss'],
])('says what is made small: %s', (text, said) => {
  expect(describeMethod(parsePlan(start + text, 'plan.yaml'))).toBe(said);
});
