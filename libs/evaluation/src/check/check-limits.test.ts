import type { Dataset, Sample } from '@holdfast/dataset';
import { taskLimits } from '@holdfast/service-kit';
import { describe, expect, it } from 'vitest';
import { inOneSpace, protect } from '../test-support/protect.js';
import { checkLimits } from './check-limits.js';

const { tasksMax, examplesMax, nameLengthMax } = taskLimits;

const createDataset = (parts: Partial<Dataset> = {}): Dataset => ({
  samples: [],
  classes: [],
  sha256: '',
  notes: [],
  ...parts,
});
const sample = (parts: Partial<Sample>): Sample => ({
  index: 0,
  label: 'a',
  group: 'g',
  roles: ['validation'],
  path: '/a.png',
  relativePath: 'a.png',
  sha256: '',
  ...parts,
});
const createTasks = (count: number, name = 'task') => ({
  classes: [],
  spaces: inOneSpace([]),
  targetIndex: 0,
  protectedTasks: Array.from({ length: count }, (_, i) => protect('', { name: `${name} ${i}` })),
});

describe('checkLimits', () => {
  it('accepts a thousand classes, and as many as the services do', () => {
    expect(() => checkLimits(createDataset(), createTasks(1000))).not.toThrow();
    expect(() => checkLimits(createDataset(), createTasks(tasksMax - 1))).not.toThrow();
  });

  it('refuses one task more, and says how many there can be', () => {
    expect(() => checkLimits(createDataset(), createTasks(tasksMax))).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'protected',
            description: expect.stringContaining(
              `are ${tasksMax} tasks, but a run can have ${tasksMax - 1}`,
            ),
          },
        ],
      }),
    );
  });

  it('refuses more images of a role than one request can judge', () => {
    const samples = new Array(examplesMax + 1).fill(sample({}));
    expect(() => checkLimits(createDataset({ samples }), createTasks(1))).toThrow(
      expect.objectContaining({
        violations: [
          { field: 'data', description: expect.stringContaining('images the role validation') },
        ],
      }),
    );
  });

  it('refuses names that no service takes', () => {
    const long = 'n'.repeat(nameLengthMax + 1);
    const dataset = createDataset({ classes: [long], samples: [sample({ group: long })] });
    expect(() => checkLimits(dataset, createTasks(1, long))).toThrow(
      expect.objectContaining({
        violations: [
          { field: 'protected', description: expect.stringContaining('has a name of 1003') },
          { field: 'data', description: expect.stringContaining('has a class of 1001') },
          { field: 'data', description: expect.stringContaining('has a group of 1001') },
        ],
      }),
    );
  });
});
