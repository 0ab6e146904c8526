import { countForwards, formatCorruption, isAttack } from '@holdfast/corruption';
import {
  addCorrupted,
  type CorruptedCopy,
  type Dataset,
  type Role,
  type Sample,
} from '@holdfast/dataset';
import { meetsCondition, type ProtectedTask } from './protected-task.js';

/** What a corrupted image may be for; that it trained the base model, or is a negative of the target, its original says. */
const copiedRoles: readonly Role[] = ['protected', 'steering', 'validation', 'test'];

/**
 * Adds the corrupted images that tasks are about, each once, whatever number of tasks it is in. They train where one of these
 * is constrained and the original trains.
 */
export function corruptSamples(
  dataset: Dataset,
  protectedTasks: readonly Pick<
    ProtectedTask,
    'labels' | 'where' | 'corruptions' | 'constrained'
  >[],
): Dataset {
  const copies = new Map<string, CorruptedCopy>();
  for (const { labels, where, corruptions, constrained } of protectedTasks) {
    if (corruptions.length === 0) continue;
    const known = new Set(labels);
    const wanted = copiedRoles.filter((role) => role !== 'protected' || constrained);
    const originals = dataset.samples.filter(
      (sample) => known.has(sample.label) && meetsCondition(sample, where),
    );
    for (const corruption of corruptions) {
      for (const original of originals) {
        const key = `${original.index} ${formatCorruption(corruption)}`;
        const before = copies.get(key)?.roles ?? [];
        const roles = original.roles.filter(
          (role) => wanted.includes(role) || before.includes(role),
        );
        if (roles.length > 0) copies.set(key, { original, corruption, roles });
      }
    }
  }
  return addCorrupted(dataset, [...copies.values()]);
}

/** Says how many corrupted and how many attacked images there are, of how many; nothing where there are none. */
export function noteCorrupted({ samples }: Pick<Dataset, 'samples'>): string[] {
  const copies = samples.filter(({ corruption }) => corruption !== undefined);
  const attacked = copies.filter(({ corruption }) => isAttack(corruption));
  const corrupted = copies.filter(({ corruption }) => !isAttack(corruption));
  return [
    ...describeCopies('corrupted', corrupted),
    ...describeCopies('attacked', attacked).map(
      (note) => `${note}; each model attacks them by its own gradient, ${describeCost(attacked)}`,
    ),
  ];
}

function describeCopies(kind: string, copies: readonly Sample[]): string[] {
  if (copies.length === 0) return [];
  const originals = new Set(copies.map(({ path }) => path)).size;
  const done = new Set(copies.map(({ corruption }) => formatCorruption(corruption!)));
  return [
    `${copies.length} ${kind} images (${[...done].join(', ')}) are made of ${originals} of these, and are of the same groups`,
  ];
}

/** `which costs as much as 620 plain images of steering, 930 plain images of validation each time` */
function describeCost(attacked: readonly Sample[]): string {
  const costs = (['steering', 'validation', 'test'] as const).flatMap((role) => {
    const own = attacked.filter(({ roles }) => roles.includes(role));
    const forwards = own.reduce((sum, { corruption }) => sum + countForwards(corruption), 0);
    return forwards === 0 ? [] : [`${forwards} plain images of ${role}`];
  });
  return `which costs as much as ${costs.join(', ')} each time`;
}
