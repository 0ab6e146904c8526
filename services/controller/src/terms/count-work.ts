import { countForwards } from '@holdfast/corruption';
import type { ProtectedTask } from '@holdfast/evaluation';
import type { Plan } from '@holdfast/plan';
import { listTerms } from './list-terms.js';
import type { DrawnImages, TermNeeds } from './term.js';

/** Images of each set in a step. */
function countDrawn(
  { training, distillation }: Plan,
  taskCount: number,
): Record<DrawnImages, number> {
  const { targetBatch, examplesPerTask, tasksPerStep = taskCount } = training;
  return {
    target: targetBatch,
    protected: tasksPerStep * examplesPerTask,
    unlabelled: distillation?.unlabelled?.batch ?? 0,
  };
}

/** The sets of which terms compare with the reference, each once. */
export function listCompared(
  terms: readonly Pick<TermNeeds, 'images' | 'comparesReference'>[],
): DrawnImages[] {
  const sets = terms.flatMap(({ images, comparesReference }) => (comparesReference ? images : []));
  return [...new Set(sets)].filter((set) => set !== 'target');
}

/** Images of each set in a training step: 0 of one that none of its terms looks at. */
export function countStepSets(plan: Plan, taskCount: number): Record<DrawnImages, number> {
  const { target, protected: held, unlabelled } = countDrawn(plan, taskCount);
  const sets = new Set(listTerms(plan).flatMap(({ images }) => images));
  const count = (set: DrawnImages, images: number) => (sets.has(set) ? images : 0);
  return {
    target: count('target', target),
    protected: count('protected', held),
    unlabelled: count('unlabelled', unlabelled),
  };
}

/** Images of a training step: those that any of its terms looks at. */
export function countStepImages(plan: Plan, taskCount: number): number {
  const counts = countStepSets(plan, taskCount);
  return counts.target + counts.protected + counts.unlabelled;
}

/** Gradients that the optimizer keeps in a step, at most: one for each task that it visits, where each is held by itself. */
export function countKeptGradients(plan: Plan, taskCount: number): number {
  if (!listTerms(plan).some(({ holdsEach }) => holdsEach)) return 0;
  const { training, constraints } = plan;
  return (training.tasksPerStep ?? taskCount) + (constraints.modules?.length ?? 0);
}

/** What drawing from a task depends on. */
export type CountedTask = Pick<ProtectedTask, 'corruptions'>;

/**
 * Work of a training step, in images that go forward through the tower: 1 forward and about 2 back for each, 2 more for each
 * way back that guards have of their own, and 1 for each image of which a term compares with the reference. An image that is
 * attacked goes forward and back once more in each of the attack's steps, and as often for the reference where it compares.
 *
 * @param tasks that training is held to
 */
export function countStepForwards(plan: Plan, tasks: readonly CountedTask[]): number {
  const counts = countDrawn(plan, tasks.length);
  const terms = listTerms(plan);
  const compared = listCompared(terms).reduce((sum, set) => sum + counts[set], 0);
  const guards = terms.some(({ isGuard }) => isGuard) ? 1 : 0;
  const each = 3 + 2 * Math.max(guards, countKeptGradients(plan, tasks.length));
  return each * countStepImages(plan, tasks.length) + compared + countStepAttacks(plan, tasks);
}

/** The part of a training step's work that attacks take, in images that go forward through the tower. */
export function countStepAttacks(plan: Plan, tasks: readonly CountedTask[]): number {
  const terms = listTerms(plan);
  if (tasks.length === 0 || !terms.some(({ images }) => images.includes('protected'))) return 0;
  // Of several corruptions each costs 1, and an attack is alone.
  const extra = tasks.reduce((sum, { corruptions }) => sum + countForwards(corruptions[0]) - 1, 0);
  const models = listCompared(terms).includes('protected') ? 2 : 1;
  return (models * countDrawn(plan, tasks.length).protected * extra) / tasks.length;
}
