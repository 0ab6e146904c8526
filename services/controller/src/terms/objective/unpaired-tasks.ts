import { listScarceTasks, type ProtectedTask } from '@holdfast/evaluation';
import type { TermRun } from '../term.js';

/** A run's own, of every step. */
const known = new WeakMap<TermRun, ReadonlySet<ProtectedTask>>();

/**
 * Protected tasks whose images are in no pair: ceilings, for a pair teaches what it shows; and, under joint contrast that distils on images
 * without labels, tasks of another label space than the target's with few training images, which pairs would have learnt by
 * heart (docs/evidence.md).
 */
export function findUnpaired(run: TermRun): ReadonlySet<ProtectedTask> {
  const found = known.get(run) ?? new Set(listUnpaired(run));
  known.set(run, found);
  return found;
}

function listUnpaired({ plan, dataset, tasks }: TermRun): ProtectedTask[] {
  const ceilings = tasks.protectedTasks.filter(({ ceiling }) => ceiling);
  const { objective, distillation } = plan;
  const isTaught = objective.kind !== 'joint' || objective.module !== undefined;
  if (isTaught || distillation?.unlabelled === undefined) return ceilings;
  return [...ceilings, ...listScarceTasks({ dataset, tasks })];
}
