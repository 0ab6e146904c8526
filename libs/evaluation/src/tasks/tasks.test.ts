import { planSchema } from '@holdfast/plan';
import { describe, expect, it } from 'vitest';
import { createPrompts, resolveTasks } from './tasks.js';

const classes = ['fifty', 'thirty', 'yield'];
const parse = (plan: object) =>
  planSchema.parse({ model: 'model', data: {}, target: { class: 'thirty' }, ...plan });

describe('resolveTasks', () => {
  it('protects every class but the target where the plan names none', () => {
    const { protectedTasks, targetIndex } = resolveTasks(parse({}), classes);
    expect(targetIndex).toBe(1);
    expect(protectedTasks.map((task) => [task.name, task.classIndex])).toEqual([
      ['fifty', 0],
      ['yield', 2],
    ]);
  });

  it('takes tolerances from the task, else from the gate', () => {
    const plan = parse({
      protected: [{ class: 'fifty', tolerance: 0.01 }, 'yield'],
      gate: { tolerance: 0.07 },
    });
    expect(resolveTasks(plan, classes).protectedTasks.map((task) => task.tolerance)).toEqual([
      0.01, 0.07,
    ]);
  });

  it('names every class that the data lacks, and what it has, at once', () => {
    const plan = parse({
      target: { class: 'forty', negatives: ['ten'] },
      protected: ['fifty', 'sixty'],
    });
    expect(() => resolveTasks(plan, classes)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        violations: [
          { field: 'target.class', description: expect.stringContaining('fifty, thirty, yield') },
          { field: 'protected[1]', description: expect.stringContaining('"sixty"') },
          { field: 'target.negatives[0]', description: expect.stringContaining('"ten"') },
        ],
      }),
    );
  });

  it('refuses a name for a class that the data lack, and says which was meant', () => {
    const plan = parse({ prompts: { classNames: { fifity: '50', 'no. 9': 'nine' } } });
    expect(() => resolveTasks(plan, classes)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'prompts.classNames.fifity',
            description: expect.stringContaining('did you mean "fifty"?'),
          },
          {
            field: 'prompts.classNames["no. 9"]',
            description: 'no images are labelled "no. 9"; the data has: fifty, thirty, yield',
          },
        ],
      }),
    );
  });

  it('refuses a step of more tasks than the data have', () => {
    const plan = parse({ training: { tasksPerStep: 3 } });
    expect(() => resolveTasks(plan, classes)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'training.tasksPerStep',
            description: 'is 3, more than the protected tasks (2)',
          },
        ],
      }),
    );
  });

  it('refuses a claim about more tasks than are protected', () => {
    const gate = { claims: { anyTwo: 0.1, anyThree: 0.1, together: 0.1 } };
    expect(() => resolveTasks(parse({ gate }), classes)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'gate.claims.anyThree',
            description: 'is about 3 protected tasks, and the plan protects 2',
          },
        ],
      }),
    );
  });

  it('refuses a task that is named twice', () => {
    expect(() => resolveTasks(parse({ protected: ['fifty', 'fifty'] }), classes)).toThrow(
      expect.objectContaining({
        violations: [{ field: 'protected[1]', description: '"fifty" is named twice' }],
      }),
    );
  });
});

describe('createPrompts', () => {
  it('calls a class by its name in prompts and classifies with the first template by default', () => {
    const prompts = createPrompts(
      parse({
        prompts: { templates: ['a {}.', 'the {}.'], classNames: { fifty: 'speed limit 50' } },
      }),
      classes,
    );
    expect(prompts.caption(0, 1)).toBe('the speed limit 50.');
    expect(prompts.classPrompts).toEqual(['a speed limit 50.', 'a thirty.', 'a yield.']);
    expect(prompts.classifierPrompts[2]).toEqual(['a yield.']);
    expect(prompts.templateCount).toBe(2);
  });

  it('averages the classifier over its own templates where the plan names some', () => {
    const prompts = createPrompts(
      parse({ prompts: { classifierTemplates: ['x {}', 'y {}'] } }),
      classes,
    );
    expect(prompts.classifierPrompts[1]).toEqual(['x thirty', 'y thirty']);
    expect(prompts.classPrompts[1]).toBe('x thirty');
  });
});
