import type { Role, Sample } from '@holdfast/dataset';
import { describe, expect, it } from 'vitest';
import { inOneSpace, protect } from '../test-support/protect.js';
import { requireImages } from './require-images.js';

const tasks = {
  classes: ['fifty', 'thirty', 'yield'],
  targetIndices: [1],
  spaces: inOneSpace(['fifty', 'thirty', 'yield']),
  protectedTasks: ['fifty', 'yield'].map((label, i) =>
    protect(label, { name: `the ${label}`, field: `protected[${i}]` }),
  ),
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

  it('asks no training images of a task that is only judged, and of a slice images in its condition', () => {
    const at = (time: string) => (sample: Sample) => ({ ...sample, columns: { time } });
    const judged = { ...tasks, protectedTasks: [protect('fifty', { constrained: false })] };
    const unheld = whole.filter(({ roles }) => !roles.includes('protected'));
    requireImages(judged, unheld, ['target', 'protected', 'validation']);
    const where = [['time', ['night']]] as const;
    const slice = protect('', {
      name: 'night',
      field: 'protected[0]',
      labels: ['fifty', 'yield'],
      where,
    });
    const sliced = { ...tasks, protectedTasks: [slice] };
    expect(() => requireImages(sliced, whole.map(at('day')), ['validation'])).toThrow(
      expect.objectContaining({
        violations: [{ field: 'protected[0]', description: expect.stringContaining('"night"') }],
      }),
    );
    requireImages(sliced, [...whole, at('night')(show('yield', 'validation'))], ['validation']);
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
