import type { Plan } from '@holdfast/plan';
import { listTerms } from './list-terms.js';
import type { DrawnImages } from './term.js';

/** Images of each set in a step. */
function countDrawn({ training }: Plan, taskCount: number): Record<DrawnImages, number> {
  const { targetBatch, examplesPerTask, tasksPerStep = taskCount } = training;
  return { target: targetBatch, protected: tasksPerStep * examplesPerTask };
}

/** Images of a training step: those that any of its terms looks at. */
export function countStepImages(plan: Plan, taskCount: number): number {
  const counts = countDrawn(plan, taskCount);
  const sets = new Set(listTerms(plan).flatMap(({ images }) => images));
  return [...sets].reduce((sum, set) => sum + counts[set], 0);
}

/**
 * Work of a training step, in images that go forward through the tower: 1 forward and about 2 back for each, and 1
 * for each protected image where a term compares with the reference.
 */
export function countStepForwards(plan: Plan, taskCount: number): number {
  const compares = listTerms(plan).some(({ comparesReference }) => comparesReference);
  const compared = compares ? countDrawn(plan, taskCount).protected : 0;
  return 3 * countStepImages(plan, taskCount) + compared;
}
