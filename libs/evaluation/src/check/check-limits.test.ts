import type { Corruption } from '@holdfast/corruption';
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
  targetIndices: [0],
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

  it('refuses to have more classes embedded in every step than an encoder takes, and takes as many that are judged alone', () => {
    const among = Array.from({ length: 65_537 }, (_, index) => index);
    const judge = (constrained: boolean) => () =>
      checkLimits(createDataset(), {
        ...createTasks(0),
        protectedTasks: [protect('a', { among, constrained })],
      });
    expect(judge(false)).not.toThrow();
    expect(judge(true)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'protected',
            description: expect.stringContaining('among 65537 classes, all of which a step embeds'),
          },
        ],
      }),
    );
  });

  it('refuses an attack among more classes than go with a call', () => {
    const pgd = { name: 'pgd', epsilon: 1, stepSize: 0.25, steps: 10, start: 'image' } as const;
    const judge = (classes: number, corruptions: readonly Corruption[]) => () => {
      const among = Array.from({ length: classes }, (_, index) => index);
      const task = { ...protect('a', { among, constrained: false }), corruptions };
      checkLimits(createDataset(), { ...createTasks(0), protectedTasks: [task] });
    };
    expect(judge(12_288, [pgd])).not.toThrow();
    expect(judge(12_289, [])).not.toThrow();
    expect(judge(12_289, [pgd])).toThrow(
      expect.objectContaining({
        violations: [
          expect.objectContaining({
            description: expect.stringContaining('is attacked among 12289 classes'),
          }),
        ],
      }),
    );
  });

  it('refuses to train under attacks among more classes than go with a step', () => {
    const attack = (epsilon: number) =>
      ({ name: 'pgd', epsilon, stepSize: 0.25, steps: 10, start: 'image' }) as const;
    const among = Array.from({ length: 6145 }, (_, index) => index);
    const train =
      (epsilons: readonly number[], constrained = true) =>
      () => {
        const protectedTasks = epsilons.map((epsilon, i) => ({
          ...protect(`a${i}`, { among, constrained }),
          corruptions: [attack(epsilon)],
        }));
        checkLimits(createDataset(), { ...createTasks(0), protectedTasks });
      };
    expect(train([1, 1, 1])).not.toThrow();
    expect(train([1, 2], false)).not.toThrow();
    expect(train([1, 2])).toThrow(
      expect.objectContaining({
        violations: [
          expect.objectContaining({
            description: expect.stringContaining('train under attacks among 12290 classes'),
          }),
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
