import type { Sample } from '@holdfast/dataset';
import { planSchema } from '@holdfast/plan';
import { expect, it } from 'vitest';
import type { PlanData } from '../data/read-plan-data.js';
import { protect } from '../test-support/protect.js';
import { noteScarceTasks } from './note-scarce-tasks.js';

const classes = ['cat', 'dog', 'go', 'stop'];
const pets = { among: [0, 1] };
const signs = { among: [2, 3] };

/** Notes of a plan with so many images of a cat, a dog and the sign "go" to train on. */
function note(counts: Record<string, number>, changes: object = {}, ceiling = false): string[] {
  const samples = Object.entries(counts).flatMap(([label, count]) =>
    Array.from({ length: count }, () => ({ label, roles: ['protected'] }) as unknown as Sample),
  );
  const protectedTasks = [
    protect('go', signs),
    protect('cat', { ...pets, ceiling }),
    protect('dog', { ...pets, constrained: (counts['dog'] ?? 0) > 0 }),
  ];
  const plan = planSchema.parse({ model: 'm', data: {}, target: { class: 'stop' }, ...changes });
  const data = { dataset: { samples }, tasks: { classes, targetIndices: [3], protectedTasks } };
  return noteScarceTasks(plan, data as unknown as PlanData);
}

it('names tasks of another label space that have few images to train on, or none', () => {
  expect(note({ cat: 200, dog: 200, go: 2 })).toEqual([]);
  expect(note({ cat: 199, dog: 200 })[0]).toMatch(/^"cat" has fewer than 200 images to train on/);
  expect(note({ cat: 49 })[0]).toMatch(/^"cat" and 1 more have/);
});

it('says what holds them where unlabelled images are distilled on, and is silent about what may be lost', () => {
  const unlabelled = { images: 'pool', texts: 'texts.txt' };
  expect(note({ cat: 1, dog: 1 }, { distillation: { unlabelled } })[0]).toMatch(
    /^"cat" and 1 more have .*: they are in no pair/,
  );
  const target = { distillation: { unlabelled }, objective: { kind: 'target' } };
  expect(note({ cat: 1, dog: 1 }, target)).toEqual([]);
  expect(note({ cat: 1, dog: 1 }, { distillation: { weight: 0, unlabelled } })[0]).toContain(
    'easily lost',
  );
  expect(note({ cat: 1, dog: 200 }, {}, true)).toEqual([]);
});
