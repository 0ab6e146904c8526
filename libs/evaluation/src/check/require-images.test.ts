import type { Role, Sample } from '@holdfast/dataset';
import { describe, expect, it } from 'vitest';
import { requireImages } from './require-images.js';

const tasks = {
  classes: ['fifty', 'thirty', 'yield'],
  targetIndex: 1,
  protectedTasks: ['fifty', 'yield'].map((label, i) => ({
    name: `the ${label}`,
    label,
    classIndex: 2 * i,
    tolerance: 0.05,
    requiredSlack: 0,
  })),
};

function show(label: string, ...roles: Role[]): Sample {
  return { index: 0, path: '', relativePath: '', sha256: '', label, group: '', roles };
}

const whole = [
  show('thirty', 'target'),
  show('thirty', 'validation'),
  ...['fifty', 'yield'].flatMap((label) => [show(label, 'protected'), show(label, 'validation')]),
];

describe('requireImages', () => {
  it('is content where every task can be learnt, protected and judged', () => {
    requireImages(tasks, whole, ['target', 'protected', 'validation']);
  });

  it('names every task that the gate could not judge, the target too, by its field', () => {
    const kept = whole.filter(
      ({ label, roles }) => label === 'fifty' || !roles.includes('validation'),
    );
    expect(() => requireImages(tasks, kept, ['validation'])).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        violations: [
          { field: 'target.class', description: expect.stringContaining('"thirty"') },
          {
            field: 'protected[1]',
            description:
              'no readable image of "the yield" has the role validation: the gate could not judge it',
          },
        ],
      }),
    );
  });

  it('wants positives of the target alone, and protected images of the others alone', () => {
    const judged = whole.filter(({ roles }) => roles.includes('validation'));
    expect(() => requireImages(tasks, judged, ['target', 'protected'])).toThrow(
      expect.objectContaining({
        violations: [
          { field: 'target.class', description: expect.stringContaining('role target') },
          { field: 'protected[0]', description: expect.stringContaining('role protected') },
          { field: 'protected[1]', description: expect.stringContaining('role protected') },
        ],
      }),
    );
  });
});
