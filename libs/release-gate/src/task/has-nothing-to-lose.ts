import type { GateTask, Policy } from './task-judgement.js';

/**
 * Whether a task cannot lose more than is tolerated, whatever the new model does: the old one gets no more
 * of its examples right than may be lost, so that its verdict says nothing of what is kept.
 *
 *   Delta >= -A_old,   hence Delta >= -tolerance where A_old <= tolerance
 *
 * The strict policy tolerates no loss: there it takes an old model that gets nothing right.
 */
export function hasNothingToLose(
  { comparison, tolerance }: Pick<GateTask, 'comparison' | 'tolerance'>,
  policy: Policy,
): boolean {
  return comparison.referenceAccuracy <= (policy === 'strict' ? 0 : tolerance);
}
