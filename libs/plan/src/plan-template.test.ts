import { expect, it } from 'vitest';
import { parsePlan } from './parse-plan.js';
import { planTemplate } from './plan-template.js';

it('is a plan that protects every class but the target', () => {
  const plan = parsePlan(
    planTemplate({
      model: 'models/clip',
      root: 'images',
      classes: ['clear', 'foggy', 'rainy'],
      targetClass: 'foggy',
      command: 'holdfast',
    }),
    'plan.yaml',
  );
  expect(plan.model).toBe('models/clip');
  expect(plan.target.class).toBe('foggy');
  expect(plan.protected).toEqual(['clear', 'rainy']);
  expect(plan.data.manifest).toBeUndefined();
});

it('survives labels and paths that mean something in YAML', () => {
  const classes = [
    '80',
    'true',
    'a: b',
    '# c',
    '- d',
    '"e"',
    "f'g",
    '{h}',
    ' i ',
    'null',
    '*j',
    '',
  ];
  const plan = parsePlan(
    planTemplate({
      model: 'C:\\models: #1',
      root: './a b',
      manifest: '100%: images.csv',
      classes,
      targetClass: '80',
      command: 'holdfast',
    }),
    'plan.yaml',
  );
  expect(plan.target.class).toBe('80');
  expect(plan.protected).toEqual(classes.slice(1));
  expect(plan.model).toBe('C:\\models: #1');
  expect(plan.data).toMatchObject({ root: './a b', manifest: '100%: images.csv' });
});

it('says which tolerance the data could decide, where the default is too small for them', () => {
  const settings = {
    model: 'm',
    root: 'r',
    classes: ['a', 'b'],
    targetClass: 'a',
    command: 'holdfast',
  };
  const text = planTemplate({ ...settings, decidableTolerance: 0.259 });
  expect(text).toContain('a tolerance of 0.259 at the least.\n  tolerance: 0.05\n');
  expect(parsePlan(text, 'plan.yaml').gate.tolerance).toBe(0.05);
  expect(planTemplate(settings)).toContain('as a fraction.\n  tolerance: 0.05\n');
});

it('stays a plan where its suggestions are taken', () => {
  const text = planTemplate({
    model: 'm',
    root: 'r',
    classes: ['a', 'b'],
    targetClass: 'a',
    command: 'holdfast',
  });
  const taken = text
    .replace('  - b\n', '')
    .replace('# - { class', '- { class')
    .replace('# classNames', 'classNames')
    .replace('# manifest', 'manifest');
  expect(parsePlan(taken, 'plan.yaml')).toMatchObject({
    protected: [{ class: 'b', tolerance: 0.02 }],
    prompts: { classNames: { a: 'a better name' } },
    data: { manifest: 'images.csv' },
  });
});

it('spells out labels that stand for words', () => {
  const classes = ['stop', 'road_work', 'no-passing', '--'];
  const text = planTemplate({
    model: 'm',
    root: 'r',
    classes,
    targetClass: 'stop',
    command: 'holdfast',
  });
  expect(parsePlan(text, 'plan.yaml').prompts.classNames).toEqual({
    road_work: 'road work',
    'no-passing': 'no passing',
  });
});
