import type { Sample } from '@holdfast/dataset';
import { expect, it } from 'vitest';
import type { PlanData } from '../data/read-plan-data.js';
import { protect } from '../test-support/protect.js';
import { noteGroupSizes } from './note-group-sizes.js';

/** Notes of one class a list of groups: the role of each and how many images it has. */
function note(groups: Readonly<Record<string, readonly (readonly [string, number])[]>>): string[] {
  const samples = Object.entries(groups).flatMap(([label, sizes]) =>
    sizes.flatMap(([role, size], i) =>
      Array.from({ length: size }, () => ({ label, group: `${label}/${i}`, roles: [role] })),
    ),
  );
  const protectedTasks = Object.keys(groups).map((label) => protect(label));
  return noteGroupSizes({
    dataset: { samples: samples as unknown as Sample[] },
    tasks: { protectedTasks },
  } as unknown as PlanData);
}

it('names a task of which a group that does not judge is larger than all that do', () => {
  expect(
    note({
      stop: [
        ['validation', 10],
        ['protected', 10],
      ],
      tunnel: [
        ['validation', 10],
        ['validation', 12],
        ['steering', 100],
      ],
    }),
  ).toEqual([expect.stringMatching(/"tunnel" that judges has 12 images, .* does not has 100: /)]);
});

it('names five tasks, and says of how many more it holds', () => {
  const names = Array.from({ length: 7 }, (_, i) => `class ${i}`);
  const sizes = [
    ['validation', 1],
    ['protected', 2],
  ] as const;
  const notes = note(Object.fromEntries(names.map((name) => [name, sizes])));
  expect(notes).toHaveLength(6);
  expect(notes[5]).toBe('the same holds for 2 more of the protected classes');
});

it('takes as many groups as a manifest may have', () => {
  const sizes = (role: string) => Array.from({ length: 150_000 }, () => [role, 1] as const);
  expect(note({ stop: [...sizes('validation'), ...sizes('protected')] })).toEqual([]);
});
