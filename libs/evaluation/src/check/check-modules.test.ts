import { planSchema } from '@holdfast/plan';
import { expect, it } from 'vitest';
import { resolveTasks } from '../tasks/tasks.js';
import { checkModules } from './check-modules.js';

it('names modules that see no protected task, or are called like one', () => {
  const check = (...modules: object[]) => {
    const plan = planSchema.parse({
      model: 'model',
      data: {},
      target: { class: 'stop' },
      constraints: { modules },
    });
    checkModules(plan, resolveTasks(plan, ['stop', 'go', 'yield']));
  };
  check({ module: 'a.mjs' }, { module: 'a.mjs', name: 'b', tasks: ['go'] });
  expect(() =>
    check({ module: 'a.mjs', tasks: ['go', 'stop'] }, { module: 'a.mjs', name: 'yield' }),
  ).toThrow(
    expect.objectContaining({
      violations: [
        {
          field: 'constraints.modules[0].module',
          description: 'sees stop, which is no protected task',
        },
        {
          field: 'constraints.modules[1].module',
          description: 'a protected task is called yield',
        },
      ],
    }),
  );
});
