import { Fault } from '@holdfast/fault';
import { expect, it } from 'vitest';
import { withPlanLines } from './with-plan-lines.js';

const plan = { name: 'fog.yaml', text: 'model: m\ntarget: { class: foggy }\n' };
const failWith = (error: unknown) => () => {
  throw error;
};

it('puts the name of the plan and the lines of its fields into what is wrong with them', async () => {
  const violations = [{ field: 'target.class', description: 'has no images' }];
  const fault = new Fault('invalid', 'it does not fit', { violations });
  await expect(withPlanLines(plan, failWith(fault))).rejects.toMatchObject({
    kind: 'invalid',
    message: 'fog.yaml: it does not fit',
    violations: [{ field: 'target.class', description: 'line 2: has no images' }],
    cause: fault,
  });
});

it('passes on what no change of the plan would mend, and what works', async () => {
  for (const error of [new Fault('cancelled', 'stopped'), new TypeError('broken')]) {
    await expect(withPlanLines(plan, failWith(error))).rejects.toBe(error);
  }
  await expect(withPlanLines(plan, () => 7)).resolves.toBe(7);
});
