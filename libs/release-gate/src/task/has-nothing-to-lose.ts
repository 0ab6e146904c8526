import type { GateTask, Policy } from './task-judgement.js';

/**
 * Whether a task cannot lose more than is tolerated, whatever the new model does: the old one gets no more
 * of its examples right than may be lost, so that its verdict says nothing of what is kept.
 *
 *   Delta >= -A_old,   hence Delta >= -tolerance where A_old <= tolerance
 *
 * A ceiling cannot grow by more where the old one gets all but so much right, 1 - A_old <= tolerance.
 *
 * The strict policy tolerates no loss: there it takes an old model that gets nothing right (of a ceiling, all).
 */
export function hasNothingToLose(
  { comparison, tolerance, ceiling }: Pick<GateTask, 'comparison' | 'tolerance' | 'ceiling'>,
  policy: Policy,
): boolean {
  const { referenceAccuracy: right } = comparison;
  return (ceiling ? 1 - right : right) <= (policy === 'strict' ? 0 : tolerance);
}
