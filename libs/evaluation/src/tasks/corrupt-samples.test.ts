import type { Corruption } from '@holdfast/corruption';
import type { Dataset, Role, Sample } from '@holdfast/dataset';
import { describe, expect, it } from 'vitest';
import { protect } from '../test-support/protect.js';
import { corruptSamples, noteCorrupted } from './corrupt-samples.js';
import { createTaskFinder } from './protected-task.js';

const fog: Corruption = { name: 'fog', severity: 3 };
const harder: Corruption = { name: 'fog', severity: 5 };
const noise: Corruption = { name: 'shotNoise', severity: 3 };
const allRoles: readonly Role[][] = [
  ['base', 'protected', 'negative'],
  ['steering'],
  ['validation'],
  ['test'],
  [],
];

const samples = ['stop', 'yield', 'target'].flatMap((label, kind) =>
  allRoles.map(
    (roles, i): Sample => ({
      index: allRoles.length * kind + i,
      path: `/data/${label}/${i}.png`,
      relativePath: `${label}/${i}.png`,
      sha256: `${label} ${i}`,
      label,
      group: `${label} group`,
      roles,
      columns: { time: i % 2 === 0 ? 'day' : 'night' },
    }),
  ),
);
const dataset: Dataset = { samples, classes: ['stop', 'target', 'yield'], sha256: 's', notes: [] };
const corrupt = (...tasks: Parameters<typeof protect>[1][]) =>
  corruptSamples(
    dataset,
    tasks.map((task) => protect('stop', task)),
  );
const added = ({ samples: all }: Dataset) => all.slice(samples.length);

describe('corruptSamples', () => {
  it('leaves data alone that no task wants corrupted', () => {
    expect(corrupt({})).toBe(dataset);
  });

  it('adds each image of a task once under each corruption, for what it is for, in its group', () => {
    const data = corrupt({ corruptions: [fog, noise] });
    expect(data.samples.slice(0, samples.length)).toEqual(samples);
    expect(data.samples.map(({ index }) => index)).toEqual([...data.samples.keys()]);
    expect(
      added(data).map(({ relativePath, roles, corruption }) => [relativePath, roles, corruption]),
    ).toEqual(
      [fog, noise].flatMap((done) =>
        (['protected', 'steering', 'validation', 'test'] as const).map((role, i) => [
          `stop/${i}.png (${done.name} 3)`,
          [role],
          done,
        ]),
      ),
    );
    expect(new Set(added(data).map(({ group }) => group))).toEqual(new Set(['stop group']));
    expect(noteCorrupted(data)).toEqual([
      '8 corrupted images (fog 3, shotNoise 3) are made of 4 of these, and are of the same groups',
    ]);
  });

  it('has tasks share an image, which trains where any of them is constrained', () => {
    const judged = { corruptions: [fog], constrained: false };
    expect(added(corrupt(judged)).map(({ roles }) => roles)).toEqual([
      ['steering'],
      ['validation'],
      ['test'],
    ]);
    const day = { corruptions: [fog], where: [['time', ['day']] as const] };
    for (const tasks of [
      [judged, day],
      [day, judged],
    ]) {
      const made = added(corrupt(...tasks));
      expect(made.map(({ relativePath, roles }) => [relativePath, ...roles]).sort()).toEqual([
        ['stop/0.png (fog 3)', 'protected'],
        ['stop/1.png (fog 3)', 'steering'],
        ['stop/2.png (fog 3)', 'validation'],
        ['stop/3.png (fog 3)', 'test'],
      ]);
    }
  });

  it('gives data another identity for every corruption, severity and use', () => {
    const identities = [
      dataset,
      corrupt({ corruptions: [fog] }),
      corrupt({ corruptions: [harder] }),
      corrupt({ corruptions: [noise] }),
      corrupt({ corruptions: [fog], constrained: false }),
    ].map(({ sha256 }) => sha256);
    expect(new Set(identities).size).toBe(5);
    expect(corrupt({ corruptions: [fog] }).sha256).toBe(identities[1]);
  });
});

describe('the images of a task', () => {
  const data = corrupt({ corruptions: [fog, noise] }, { corruptions: [harder], labels: ['yield'] });
  const cases = [
    ['plain', {}, ['stop/2.png']],
    ['under fog', { corruptions: [fog] }, ['stop/2.png (fog 3)']],
    ['under another severity', { corruptions: [harder] }, []],
    [
      'under either',
      { corruptions: [noise, fog] },
      ['stop/2.png (fog 3)', 'stop/2.png (shotNoise 3)'],
    ],
    [
      'of several labels',
      { labels: ['stop', 'yield'], corruptions: [harder] },
      ['yield/2.png (fog 5)'],
    ],
    ['of a slice', { corruptions: [fog], where: [['time', ['night']] as const] }, []],
  ] as const;

  it.each(cases)('are those that it asks for: %s', (_, changes, expected) => {
    const task = protect('stop', changes);
    const found = createTaskFinder(data, 'validation')(task);
    expect(found.map(({ relativePath }) => relativePath)).toEqual(expected);
  });
});
